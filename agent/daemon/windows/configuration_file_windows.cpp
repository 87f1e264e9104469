#include "agent/daemon/configuration_file.hpp"
#include "platform/trusted_file.hpp"

namespace jitgate {
namespace {

constexpr std::size_t kMost = 1024 * 1024;  // what parse_config accepts

}  // namespace

Result<std::string> read_configuration_file(const std::string& path) {
  return read_trusted_file(path, kMost);
}

}  // namespace jitgate
