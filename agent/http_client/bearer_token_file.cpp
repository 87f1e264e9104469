#include "agent/http_client/bearer_token_file.hpp"

#include <algorithm>
#include <chrono>

namespace jitgate {
namespace {

constexpr std::size_t kMaxToken = 16 * 1024;
constexpr std::string_view kWhiteSpace = " \t\r\n";

Result<std::string> token_in(std::string_view text, const std::string& path) {
  const auto first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return error(errc::invalid_argument, "holds no token", path);
  const std::string_view token = text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
  if (!std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7f; }))
    return error(errc::invalid_argument, "holds something else than one token of visible ASCII characters", path);
  return std::string(token);
}

/// Two changes within one tick of the file system's clock leave the same stamp: it tells them apart only later.
bool tells_apart(const FileStamp& stamp) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return now - std::chrono::nanoseconds(stamp.changed_ns) > std::chrono::seconds(1);
}

}  // namespace

Result<std::string> BearerTokenFile::read() {
  // Before the content: a change in between is seen the next time.
  const Result<FileStamp> stamp = stamp_file(path_);
  if (!stamp) return stamp.error();
  if (stamp_ == *stamp) return token_;
  const Result<std::string> content = read_secret_file(path_, kMaxToken);
  if (!content) return content.error();
  Result<std::string> token = token_in(*content, path_);
  if (!token) return token.error();
  stamp_.reset();
  if (tells_apart(*stamp)) stamp_ = *stamp;
  token_ = std::move(*token);
  return token_;
}

}  // namespace jitgate
