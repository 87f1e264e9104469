#include "platform/whole_file.hpp"

#include "platform/windows/file_replacement.hpp"

namespace jitgate {

Result<void> write_whole_file(const std::string& path, std::string_view content, Existing existing) {
  const Result<WindowsHandle> turn = lock_file(path);
  if (!turn) return turn.error();
  return put_file(path, content, {.readers = FileReaders::everybody, .existing = existing});
}

}  // namespace jitgate
