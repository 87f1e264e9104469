#include "platform/secret_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include "platform/linux/file_handle.hpp"
#include "platform/linux/file_reading.hpp"
#include "platform/linux/file_replacement.hpp"

namespace jitgate {
namespace {

Error refused(const char* why, const std::string& path) {
  return error(errc::system_failed, why, path);
}

Result<void> check_secret(int file, const std::string& path) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return file_error("cannot be read", path);
  if (!S_ISREG(status.st_mode)) return refused("is not a regular file", path);
  if (!has_trusted_owner(status)) return refused("belongs to another user than root", path);
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return refused("may be read or written by others than its owner: chmod 0600", path);
  return {};
}

}  // namespace

Result<FileStamp> stamp_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return file_error("cannot be read", path);
  return stamp_of(status);
}

Result<std::string> read_secret_file(const std::string& path, std::size_t limit) {
  const FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return file_error("cannot be read", path);
  if (const auto checked = check_secret(file.get(), path); !checked) return checked.error();
  return read_descriptor(file.get(), limit, path);
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
