#pragma once

#include <cstddef>
#include <string>

#include "agent/model/result.hpp"
#include "platform/secret_file.hpp"
#include "platform/windows/windows_handle.hpp"

namespace jitgate {

enum class Links : bool { follow, refuse };  ///< symbolic links and other reparse points

/// Opens what is there, sharing it with everybody. Who serves a pipe in its place learns nothing but our name. Fails as
/// windows_error() says.
[[nodiscard]] Result<WindowsHandle> open_existing(const std::string& path, DWORD access, Links links);

/// errc::system_failed for a directory, a pipe, a device, and a link that was not followed.
[[nodiscard]] Result<void> check_regular(HANDLE file, const std::string& path);

[[nodiscard]] Result<FileStamp> stamp_of(HANDLE file, const std::string& path);

/// What is left of an open file, at most `limit` bytes of it; errc::system_failed where it has more. `path` is for the
/// message.
[[nodiscard]] Result<std::string> read_handle(HANDLE file, std::size_t limit, const std::string& path);

}  // namespace jitgate
