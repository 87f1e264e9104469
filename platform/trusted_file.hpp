#pragma once

#include <cstddef>
#include <string>

#include "agent/model/result.hpp"

namespace jitgate {

/// The content of a regular file of at most `limit` bytes that says whom to believe: it belongs to root or to this
/// process's user, and nobody else may write it. Fails as read_secret_file() does.
[[nodiscard]] Result<std::string> read_trusted_file(const std::string& path, std::size_t limit);

}  // namespace jitgate
