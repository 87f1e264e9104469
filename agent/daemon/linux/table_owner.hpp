#pragma once

#include "agent/config/config.hpp"
#include "platform/linux/owner_probe.hpp"

namespace jitgate {

/// Whether table inet jitgate gets an owner. Where the configuration leaves it open, that is probe_table_owner()'s
/// word.
[[nodiscard]] OwnerProbe wanted_table_owner(OwnTable wanted);

}  // namespace jitgate
