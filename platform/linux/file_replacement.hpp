#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "agent/model/result.hpp"
#include "platform/linux/file_handle.hpp"
#include "platform/whole_file.hpp"

namespace jitgate {

/// The last failed system call (errno): errc::not_found, not_permitted, conflict (it exists already) or system_failed.
[[nodiscard]] Error file_error(const char* what, const std::string& path);

/// The directory that `path` lies in, locked for as long as the handle is held; waits for who holds it.
[[nodiscard]] Result<FileHandle> lock_directory_of(const std::string& path);

/// The directory that `path` lies in.
[[nodiscard]] Result<FileHandle> open_directory_of(const std::string& path);

struct FileOwner {
  uid_t user;
  gid_t group;
};

struct FilePlacement {
  mode_t mode;
  bool whatever_umask = false;
  Existing existing = Existing::replace;
  /// The file's directory: content and name are on the medium when the call returns. -1: when the kernel likes.
  int sync_directory = -1;
  std::optional<FileOwner> owner = std::nullopt;  ///< other than this process's user: takes root
};

/// Puts a file with this content at `path`, as a whole or not at all. PATH.new is used on the way: only one at a time
/// does this to a path, by the lock of the directory or because it is its own.
[[nodiscard]] Result<void> put_file(const std::string& path, std::string_view content, const FilePlacement& placement);

}  // namespace jitgate
