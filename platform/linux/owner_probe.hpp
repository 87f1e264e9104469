#pragma once

#include <string>

namespace jitgate {

/// Whether table flags owner and persist are to be used where the configuration leaves it open (`ownTable: auto`).
struct OwnerProbe {
  bool own = false;
  std::string reason;  ///< for the log and `jitgate doctor`
};

/// An nft that does not know the flags prints them so that a saved ruleset fails to load at the next boot, and the
/// administrator's whole firewall with it. So: own the table only where the installed library can read and write them,
/// or where there is none. The library is loaded in a child process, and parses without touching the kernel. Blocks for
/// at most 5 s; call it before other threads run. Whether the kernel knows the flags is found out when the table is
/// made.
[[nodiscard]] OwnerProbe probe_table_owner();

/// The same for a library of another name.
[[nodiscard]] OwnerProbe probe_table_owner(const std::string& library);

}  // namespace jitgate
