#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <string>

#include "agent/model/result.hpp"
#include "platform/secret_file.hpp"

namespace jitgate {

[[nodiscard]] FileStamp stamp_of(const struct stat& status);

/// Root, or this process's user: who else could have written it speaks for neither.
[[nodiscard]] bool has_trusted_owner(const struct stat& status);

/// Says nothing of the file that was asked for: this process or the system is short of something, or a medium does not
/// answer. `code`: errno.
[[nodiscard]] bool is_passing(int code);

/// What is left of an open file, at most `limit` bytes of it; errc::system_failed where it has more, errc::unavailable
/// where is_passing(). `path` is for the
/// message.
[[nodiscard]] Result<std::string> read_descriptor(int file, std::size_t limit, const std::string& path);

}  // namespace jitgate
