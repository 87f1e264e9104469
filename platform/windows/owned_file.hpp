#pragma once

#include <cstddef>
#include <string>

#include "agent/model/result.hpp"
#include "platform/windows/file_security.hpp"

namespace jitgate {

/// The content of a regular file of at most `limit` bytes that belongs to somebody trusted, and with which nobody else
/// may do what is forbidden. What a symbolic link leads to is held to that.
[[nodiscard]] Result<std::string> read_owned_file(const std::string& path, std::size_t limit, Forbidden forbidden);

}  // namespace jitgate
