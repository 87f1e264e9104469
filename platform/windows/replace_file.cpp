#include "platform/replace_file.hpp"

#include "platform/windows/file_replacement.hpp"

namespace jitgate {

Result<void> replace_file(const std::string& path, std::string_view content, FileReaders readers,
                          Durability durability) {
  return put_file(path, content, {.readers = readers, .durability = durability});
}

}  // namespace jitgate
