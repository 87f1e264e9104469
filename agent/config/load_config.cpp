#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

#include "agent/config/config.hpp"

namespace jitgate {
namespace {

/// One byte more than parse_config accepts, so that a larger file is refused there and a device without end is not read
/// whole.
constexpr std::size_t kReadAtMost = 1024 * 1024 + 1;

}  // namespace

Result<std::string> read_config(const std::string& path) {
  std::error_code failure;
  const auto status = std::filesystem::status(path, failure);
  if (failure) return error(errc::system_failed, "the configuration cannot be read: " + failure.message(), path);
  // Opening a FIFO would block until somebody writes to it.
  if (!std::filesystem::is_regular_file(status)) return error(errc::system_failed, "not a regular file", path);
  std::ifstream file(path, std::ios::binary);
  std::string bytes;
  std::array<char, 16 * 1024> part{};
  while (file && bytes.size() < kReadAtMost) {
    file.read(part.data(), static_cast<std::streamsize>(std::min(part.size(), kReadAtMost - bytes.size())));
    bytes.append(part.data(), static_cast<std::size_t>(file.gcount()));
  }
  if (!file.is_open() || file.bad()) return error(errc::system_failed, "the configuration cannot be read", path);
  return bytes;
}

Result<Config> load_config(const std::string& path) {
  const auto bytes = read_config(path);
  if (!bytes) return bytes.error();
  return parse_config(*bytes, path);
}

}  // namespace jitgate
