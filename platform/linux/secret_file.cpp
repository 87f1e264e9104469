#include "platform/secret_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "platform/linux/file_handle.hpp"

namespace jitgate {
namespace {

Error failed(const char* what, const std::string& path) {
  const int code = errno;
  const errc kind = code == ENOENT                    ? errc::not_found
                    : code == EACCES || code == EPERM ? errc::not_permitted
                                                      : errc::system_failed;
  return error(kind, std::string(what) + ": " + std::generic_category().message(code), path);
}

Error refused(const char* why, const std::string& path) {
  return error(errc::system_failed, why, path);
}

Result<void> check_secret(int file, const std::string& path) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return failed("cannot be read", path);
  if (!S_ISREG(status.st_mode)) return refused("is not a regular file", path);
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) return refused("belongs to another user than root", path);
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return refused("may be read or written by others than its owner: chmod 0600", path);
  return {};
}

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(file) == 0;
}

/// The directory is locked by whoever replaces the file, so the fresh one's name is ours.
Result<void> replace(const std::string& path, const std::string& content, int directory) {
  const std::string fresh = path + ".new";
  ::unlink(fresh.c_str());
  const FileHandle file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return failed("cannot be written", fresh);
  if (!write_all(file.get(), content) || ::rename(fresh.c_str(), path.c_str()) != 0) {
    const Error why = failed("cannot be written", fresh);
    ::unlink(fresh.c_str());
    return why;
  }
  if (::fsync(directory) != 0) return failed("cannot be written", path);
  return {};
}

}  // namespace

Result<FileStamp> stamp_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return failed("cannot be read", path);
  return FileStamp{status.st_dev, status.st_ino, status.st_size,
                   std::int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec};
}

Result<std::string> read_secret_file(const std::string& path, std::size_t limit) {
  const FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file) return failed("cannot be read", path);
  if (const auto checked = check_secret(file.get(), path); !checked) return checked.error();
  std::string bytes(limit + 1, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t got = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("cannot be read", path);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > limit) return error(errc::system_failed, "is larger than " + std::to_string(limit) + " bytes", path);
  bytes.resize(size);
  return bytes;
}

Result<void> update_secret_file(const std::string& path, std::size_t limit,
                                const std::function<Result<std::string>(std::string)>& change) {
  const std::size_t slash = path.find_last_of('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const FileHandle directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::flock(directory.get(), LOCK_EX) != 0) return failed("cannot be opened", parent);
  Result<std::string> content = read_secret_file(path, limit);
  if (!content && content.error().code != errc::not_found) return content.error();
  Result<std::string> changed = change(content ? std::move(*content) : std::string());
  if (!changed) return changed.error();
  return replace(path, *changed, directory.get());
}

}  // namespace jitgate
