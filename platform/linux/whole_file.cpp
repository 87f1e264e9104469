#include "platform/whole_file.hpp"

#include "platform/linux/file_replacement.hpp"

namespace jitgate {

Result<void> write_whole_file(const std::string& path, std::string_view content, Existing existing) {
  const Result<FileHandle> directory = lock_directory_of(path);
  if (!directory) return directory.error();
  return put_file(path, content, {.mode = 0644, .existing = existing, .sync_directory = directory->get()});
}

}  // namespace jitgate
