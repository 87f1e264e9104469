#include "platform/replace_file.hpp"

#include <fcntl.h>

#include "platform/linux/file_replacement.hpp"

namespace jitgate {

Result<void> replace_file(const std::string& path, std::string_view content, FileReaders readers,
                          Durability durability) {
  FilePlacement placement{.mode = readers == FileReaders::everybody ? 0644u : 0600u, .whatever_umask = true};
  if (durability == Durability::none) return put_file(path, content, placement);
  const Result<FileHandle> directory = open_directory_of(path);
  if (!directory) return directory.error();
  placement.sync_directory = directory->get();
  return put_file(path, content, placement);
}

}  // namespace jitgate
