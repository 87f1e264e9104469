#include "platform/linux/trusted_directory.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

#include "platform/linux/file_reading.hpp"
#include "platform/linux/file_replacement.hpp"

namespace jitgate {
namespace {

/// A file that changes more often than this while it is read is being written.
constexpr int kAttempts = 3;

Error refused(const char* why) {
  return error(errc::system_failed, why);
}

/// The last failed system call, which was for an entry.
Error entry_error() {
  const int code = errno;
  if (code == ENOENT) return error(errc::not_found, "is not there");
  if (code == ELOOP) return refused("is a symbolic link");
  return error(is_passing(code) ? errc::unavailable : errc::system_failed,
               "cannot be read: " + std::generic_category().message(code));
}

Result<void> check_owner(const struct stat& status) {
  if (!has_trusted_owner(status)) return refused("belongs to another user than root");
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return refused("may be changed by others than its owner: chmod go-w");
  return {};
}

Result<void> check_file(const struct stat& status) {
  if (S_ISLNK(status.st_mode)) return refused("is a symbolic link");
  if (!S_ISREG(status.st_mode)) return refused("is not a regular file");
  return check_owner(status);
}

/// Opening a device can have effects: what is none is known before.
Result<FileHandle> open_file(int directory, const std::string& name) {
  struct stat status {};
  if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return entry_error();
  if (const auto checked = check_file(status); !checked) return checked.error();
  FileHandle file(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) return entry_error();
  return file;
}

Result<std::string> read_unchanged(int file, std::size_t limit) {
  struct stat before {};
  struct stat after {};
  if (::fstat(file, &before) != 0) return entry_error();
  if (const auto checked = check_file(before); !checked) return checked.error();
  if (before.st_size > static_cast<off_t>(limit))
    return error(errc::system_failed, "is larger than " + std::to_string(limit) + " bytes");
  auto bytes = read_descriptor(file, limit, {});
  if (::fstat(file, &after) != 0) return entry_error();
  if (stamp_of(before) != stamp_of(after)) return error(errc::conflict, "is being written");
  return bytes;
}

}  // namespace

Result<TrustedDirectory> TrustedDirectory::open(const std::string& path) {
  FileHandle directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC));
  if (!directory) return file_error("cannot be opened", path);
  TrustedDirectory opened(path, std::move(directory));
  if (const auto checked = opened.check(); !checked) return checked.error();
  return opened;
}

Result<FileStamp> TrustedDirectory::check() const {
  struct stat here {};
  struct stat there {};
  if (::fstat(directory_.get(), &here) != 0 || ::stat(path_.c_str(), &there) != 0)
    return file_error("cannot be read", path_);
  if (here.st_dev != there.st_dev || here.st_ino != there.st_ino)
    return error(errc::system_failed, "is another directory now", path_);
  if (auto checked = check_owner(here); !checked) {
    Error why = checked.error();
    why.target = path_;
    return why;
  }
  return stamp_of(here);
}

Result<void> TrustedDirectory::open_names() {
  // A descriptor of its own: its position is not shared with anybody.
  FileHandle own(::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!own) return file_error("cannot be read", path_);
  names_.reset(::fdopendir(own.get()));
  if (!names_) return file_error("cannot be read", path_);
  (void)own.release();
  return {};
}

Result<std::vector<std::string>> TrustedDirectory::next_names(std::size_t most) {
  if (!names_) {
    if (const auto opened = open_names(); !opened) return opened.error();
  }
  std::vector<std::string> names;
  while (names.size() < most) {
    errno = 0;
    const dirent* entry = ::readdir(names_.get());
    if (entry == nullptr && errno != 0) return file_error("cannot be read", path_);
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  return names;
}

Result<std::string> TrustedDirectory::read(const std::string& name, std::size_t limit) const {
  Result<std::string> bytes = error(errc::conflict, "is being written");
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto file = open_file(directory_.get(), name);
    if (!file) return file.error();
    bytes = read_unchanged(file->get(), limit);
    if (bytes || bytes.error().code != errc::conflict) break;
  }
  return bytes;
}

}  // namespace jitgate
