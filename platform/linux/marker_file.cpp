#include "platform/marker_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "platform/linux/file_replacement.hpp"
#include "platform/replace_file.hpp"

namespace jitgate {
namespace {

Error failure(const std::string& path) {
  return error(errc::system_failed, std::strerror(errno), path);
}

}  // namespace

Result<void> write_marker(const std::string& path, std::string_view content) {
  return replace_file(path, content, FileReaders::owner, Durability::complete);
}

Result<void> remove_marker(const std::string& path) {
  if (::unlink(path.c_str()) != 0) return errno == ENOENT ? Result<void>{} : failure(path);
  const Result<FileHandle> directory = open_directory_of(path);
  if (!directory) return directory.error();
  if (::fsync(directory->get()) != 0) return failure(path);
  return {};
}

Result<std::string> read_marker(const std::string& path) {
  const FileHandle file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return failure(path);
  if (!S_ISREG(status.st_mode)) return error(errc::system_failed, "is not a regular file", path);
  std::array<char, 4096> buffer;
  const auto size = ::read(file.get(), buffer.data(), buffer.size());
  if (size < 0) return failure(path);
  return std::string(buffer.data(), static_cast<std::size_t>(size));
}

}  // namespace jitgate
