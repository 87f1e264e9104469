#pragma once

#include <sys/types.h>

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

/// Puts a file with this content at `path`, as a whole and durably or not at all. `directory` is the lock of its
/// directory.
[[nodiscard]] Result<void> put_file(const std::string& path, std::string_view content, mode_t mode, Existing existing,
                                    int directory);

}  // namespace jitgate
