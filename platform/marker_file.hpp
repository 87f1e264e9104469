#pragma once

#include <string>
#include <string_view>

#include "agent/model/result.hpp"

namespace jitgate {

/// Replaces the file by one with this content, mode 0600, so that it is whole and on the medium when this returns.
[[nodiscard]] Result<void> write_marker(const std::string& path, std::string_view content);
/// Takes the file away for good. One that is not there is success.
[[nodiscard]] Result<void> remove_marker(const std::string& path);
/// The content, at most 4 KiB of it; an error when there is no such regular file.
[[nodiscard]] Result<std::string> read_marker(const std::string& path);

}  // namespace jitgate
