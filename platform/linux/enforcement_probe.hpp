#pragma once

#include "agent/model/clock.hpp"
#include "agent/model/result.hpp"
#include "agent/model/ruleset.hpp"
#include "platform/linux/nft_mark.hpp"

namespace jitgate {

/// Whether this kernel takes all that the lock is made of (its sets, its expressions, connection tracking): builds it
/// in a network namespace of its own, which ends with the call and which nothing else is in. The kernel may load
/// modules for it. The error is the kernel's; errc::not_permitted where there cannot be such a namespace.
[[nodiscard]] Result<void> probe_enforcement(const Lock& lock, nft::MarkBits marks, const Clock& clock);

}  // namespace jitgate
