#include "platform/windows/owned_file.hpp"

#include "platform/windows/file_reading.hpp"

namespace jitgate {

Result<std::string> read_owned_file(const std::string& path, std::size_t limit, Forbidden forbidden) {
  const Result<WindowsHandle> file = open_existing(path, GENERIC_READ, Links::follow);
  if (!file) return file.error();
  if (const auto regular = check_regular(file->get(), path); !regular) return regular.error();
  if (const auto secure = check_security(file->get(), forbidden, path); !secure) return secure.error();
  return read_handle(file->get(), limit, path);
}

}  // namespace jitgate
