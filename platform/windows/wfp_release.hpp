#pragma once

#include "agent/model/result.hpp"

namespace jitgate {

/// Deletes the locks and everything else of ours from the Windows Filtering Platform: the last way in
/// (`jitgated --release`), and what an uninstallation does before the files go. Needs an administrator, and neither
/// daemon nor configuration. Nothing there is success. The grants of a daemon that runs are its session's, and end with
/// its process; without locks they change nothing. A daemon that runs notices, and puts the locks back unless it was
/// told otherwise. A lock on trial (`enable --confirm`) is the daemon's session's too: it ends with its time or its
/// process.
[[nodiscard]] Result<void> release_filters();

}  // namespace jitgate
