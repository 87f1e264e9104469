#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "agent/model/result.hpp"

namespace jitgate {

/// The content of a regular file of at most `limit` bytes that belongs to root or to this process's user, with none of
/// the `forbidden` mode bits; `why` says what those would mean. What a symbolic link leads to is held to that. Does not
/// wait for the other end of a pipe. It may belong to `other` too.
[[nodiscard]] Result<std::string> read_owned_file(const std::string& path, std::size_t limit, mode_t forbidden,
                                                  const char* why, uid_t other = 0);

}  // namespace jitgate
