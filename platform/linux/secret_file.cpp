#include "platform/secret_file.hpp"

#include <sys/stat.h>

#include "platform/linux/file_handle.hpp"
#include "platform/linux/file_replacement.hpp"
#include "platform/linux/owned_file.hpp"

namespace jitgate {

Result<FileStamp> stamp_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return file_error("cannot be read", path);
  return stamp_of(status);
}

Result<std::string> read_secret_file(const std::string& path, std::size_t limit) {
  return read_owned_file(path, limit, S_IRWXG | S_IRWXO, "may be read or written by others than its owner: chmod 0600");
}

Result<void> update_secret_file(const std::string& path, std::size_t limit,
                                const std::function<Result<std::string>(std::string)>& change) {
  const Result<FileHandle> directory = lock_directory_of(path);
  if (!directory) return directory.error();
  Result<std::string> content = read_secret_file(path, limit);
  if (!content && content.error().code != errc::not_found) return content.error();
  Result<std::string> changed = change(content ? std::move(*content) : std::string());
  if (!changed) return changed.error();
  return put_file(path, *changed, {.mode = 0600, .sync_directory = directory->get()});
}

}  // namespace jitgate
