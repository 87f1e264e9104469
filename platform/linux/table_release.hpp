#pragma once

#include "agent/model/result.hpp"

namespace jitgate {

/// Deletes table inet jitgate from the current network namespace, whoever owns it: the last way in (`jitgated
/// --release`). Needs neither daemon nor store, but root. A missing table is success. While a process (the daemon,
/// stopped or hung, or systemd's file descriptor store) holds the socket that owns the table, the deletion goes through
/// a duplicate of that very socket, because the kernel lets nobody else. A daemon that is running will notice, and
/// build the table again unless it was told otherwise. Rules of ours in the chains of others are removed too.
[[nodiscard]] Result<void> release_table();

}  // namespace jitgate
