#pragma once

#include <span>
#include <vector>

#include "platform/watched_directory.hpp"

namespace jitgate {

/// The events in a buffer that was read from an inotify descriptor (inotify(7)). What is no whole event counts as lost.
[[nodiscard]] std::vector<DirectoryChange> parse_inotify(std::span<const char> buffer);

}  // namespace jitgate
