#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "platform/watched_directory.hpp"

namespace jitgate {

/// The changes in a buffer that ReadDirectoryChangesW filled (FILE_NOTIFY_INFORMATION). What is no whole entry counts
/// as lost, and so does a name that may be a short one (8.3): which entry it stands for is not said.
[[nodiscard]] std::vector<DirectoryChange> parse_notifications(std::span<const std::byte> buffer);

}  // namespace jitgate
