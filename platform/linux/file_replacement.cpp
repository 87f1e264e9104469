#include "platform/linux/file_replacement.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace jitgate {
namespace {

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// A link, other than a rename, takes nobody's place.
bool place(const std::string& fresh, const std::string& path, Existing existing) {
  if (existing == Existing::replace) return ::rename(fresh.c_str(), path.c_str()) == 0;
  return ::link(fresh.c_str(), path.c_str()) == 0 && ::unlink(fresh.c_str()) == 0;
}

}  // namespace

Error file_error(const char* what, const std::string& path) {
  const int code = errno;
  const errc kind = code == ENOENT                    ? errc::not_found
                    : code == EACCES || code == EPERM ? errc::not_permitted
                    : code == EEXIST                  ? errc::conflict
                                                      : errc::system_failed;
  return error(kind, std::string(what) + ": " + std::generic_category().message(code), path);
}

Result<FileHandle> open_directory_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  const std::string parent = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  FileHandle directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return file_error("cannot be opened", parent);
  return directory;
}

Result<FileHandle> lock_directory_of(const std::string& path) {
  Result<FileHandle> directory = open_directory_of(path);
  if (directory && ::flock(directory->get(), LOCK_EX) != 0) return file_error("the directory cannot be locked", path);
  return directory;
}

Result<void> put_file(const std::string& path, std::string_view content, const FilePlacement& placement) {
  const std::string fresh = path + ".new";
  ::unlink(fresh.c_str());
  const FileHandle file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, placement.mode));
  if (!file) return file_error("cannot be written", fresh);
  const bool durable = placement.sync_directory >= 0;
  if (!write_all(file.get(), content) || (placement.whatever_umask && ::fchmod(file.get(), placement.mode) != 0) ||
      (placement.owner && ::fchown(file.get(), placement.owner->user, placement.owner->group) != 0) ||
      (durable && ::fsync(file.get()) != 0) || !place(fresh, path, placement.existing)) {
    const Error why = file_error("cannot be written", path);
    ::unlink(fresh.c_str());
    return why;
  }
  if (durable && ::fsync(placement.sync_directory) != 0) return file_error("cannot be written", path);
  return {};
}

}  // namespace jitgate
