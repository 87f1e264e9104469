#include "platform/replace_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "platform/linux/file_handle.hpp"

namespace jitgate {
namespace {

Error failure(const std::string& path) {
  const bool denied = errno == EACCES || errno == EPERM;
  return error(denied ? errc::not_permitted : errc::system_failed,
               std::string("cannot be written: ") + std::strerror(errno), path);
}

bool write_all(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// A new name is on the medium once its directory is.
Result<void> sync_directory_of(const std::string& path) {
  const auto directory = std::filesystem::path(path).parent_path().string();
  const FileHandle handle(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!handle || ::fsync(handle.get()) != 0) return failure(directory);
  return {};
}

}  // namespace

Result<void> replace_file(const std::string& path, std::string_view content, FileReaders readers,
                          Durability durability) {
  const auto temporary = path + ".new";
  const mode_t mode = readers == FileReaders::everybody ? 0644 : 0600;
  ::unlink(temporary.c_str());
  // Exclusively: in a directory that others may write to, what is at this name could lead elsewhere.
  const FileHandle file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!file) return failure(temporary);
  const bool complete = durability == Durability::complete;
  if (!write_all(file.get(), content) || ::fchmod(file.get(), mode) != 0 || (complete && ::fsync(file.get()) != 0) ||
      ::rename(temporary.c_str(), path.c_str()) != 0) {
    auto failed = failure(path);
    ::unlink(temporary.c_str());
    return failed;
  }
  return complete ? sync_directory_of(path) : Result<void>{};
}

}  // namespace jitgate
