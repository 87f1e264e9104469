#include "platform/trusted_file.hpp"

#include "platform/windows/owned_file.hpp"

namespace jitgate {

Result<std::string> read_trusted_file(const std::string& path, std::size_t limit) {
  return read_owned_file(path, limit, Forbidden::change);
}

}  // namespace jitgate
