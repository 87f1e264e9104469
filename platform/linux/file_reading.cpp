#include "platform/linux/file_reading.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "platform/linux/file_replacement.hpp"

namespace jitgate {

FileStamp stamp_of(const struct stat& status) {
  return {status.st_dev, status.st_ino, status.st_size,
          std::int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec};
}

bool has_trusted_owner(const struct stat& status) {
  return status.st_uid == 0 || status.st_uid == ::geteuid();
}

bool is_passing(int code) {
  constexpr std::array kPassing{EMFILE, ENFILE, ENOMEM, EIO, ESTALE, ETIMEDOUT};
  return std::ranges::find(kPassing, code) != kPassing.end();
}

Result<std::string> read_descriptor(int file, std::size_t limit, const std::string& path) {
  constexpr std::size_t kFirstPiece = 4096;
  std::string bytes(std::min(limit + 1, kFirstPiece), '\0');
  std::size_t size = 0;
  while (size <= limit) {
    if (size == bytes.size()) bytes.resize(std::min(limit + 1, size * 4));
    const ssize_t got = ::read(file, bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && is_passing(errno))
      return error(errc::unavailable, "cannot be read: " + std::generic_category().message(errno), path);
    if (got < 0) return file_error("cannot be read", path);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  if (size > limit) return error(errc::system_failed, "is larger than " + std::to_string(limit) + " bytes", path);
  bytes.resize(size);
  return bytes;
}

}  // namespace jitgate
