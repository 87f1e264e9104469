#include "platform/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "platform/linux/file_replacement.hpp"

namespace jitgate {
namespace {

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;

std::string reason(int code) {
  switch (code) {
    case ENOENT:
      return "no such file or directory";
    case ENOSPC:
    case EDQUOT:
      return "the disk is full";
    case EROFS:
      return "the file system is read-only";
    case ELOOP:
      return "it is a symbolic link";
    case EISDIR:
      return "it is not a regular file";
    default:
      return std::generic_category().message(code);
  }
}

Error failed(int code, const std::string& path) {
  return error(errc::system_failed, reason(code), path);
}

// A file that was made and whose name is lost by a power cut would take the store with it.
Result<void> sync_directory_of(const std::string& path) {
  const Result<FileHandle> directory = open_directory_of(path);
  if (!directory) return directory.error();
  if (::fsync(directory->get()) != 0) return failed(errno, path);
  return {};
}

Result<void> check_open_file(int handle, const std::string& path) {
  struct stat found = {};
  if (::fstat(handle, &found) != 0) return failed(errno, path);
  if (!S_ISREG(found.st_mode)) return error(errc::system_failed, "it is not a regular file", path);
  if ((found.st_mode & 07777) == kOwnerOnly) return {};
  if (::fchmod(handle, kOwnerOnly) != 0) return failed(errno, path);
  return {};
}

}  // namespace

Result<void> check_private_file(const std::string& path) {
  // O_NONBLOCK: a FIFO in this place must not hold us up.
  const FileHandle handle(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!handle) return failed(errno, path);
  return check_open_file(handle.get(), path);
}

Result<void> create_private_file(const std::string& path) {
  const FileHandle handle(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kOwnerOnly));
  if (!handle && errno == EEXIST) return check_private_file(path);
  if (!handle) return failed(errno, path);
  if (auto narrowed = check_open_file(handle.get(), path); !narrowed) return narrowed;
  return sync_directory_of(path);
}

}  // namespace jitgate
