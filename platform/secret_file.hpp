#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "agent/model/result.hpp"

namespace jitgate {

/// What tells one state of a file from another.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t file = 0;  ///< its number on the device
  std::int64_t size = 0;   ///< bytes
  std::int64_t changed_ns = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

[[nodiscard]] Result<FileStamp> stamp_file(const std::string& path);

/// The content of a regular file of at most `limit` bytes that nobody but its owner (root, or this process's user) may
/// read or write; what a symbolic link leads to is held to that. Does not wait for the other end of a pipe. Fails with
/// errc::not_found where there is none, errc::not_permitted where this process may not read it, else
/// errc::system_failed.
[[nodiscard]] Result<std::string> read_secret_file(const std::string& path, std::size_t limit);

/// Replaces the content by what `change` makes of it, as a whole and durably, or not at all; a file that is not there
/// counts as empty, and is made for its owner alone. Called by root, a file of another user stays that user's.
/// Processes that do this at once take turns. Fails as read_secret_file() does, and as `change` does.
[[nodiscard]] Result<void> update_secret_file(const std::string& path, std::size_t limit,
                                              const std::function<Result<std::string>(std::string)>& change);

}  // namespace jitgate
