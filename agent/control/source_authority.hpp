#pragma once

#include <span>
#include <vector>

#include "agent/config/source_config.hpp"
#include "agent/model/policy.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// What the policy becomes when a source with this authority says that it has these ports: those, and of the minimum
/// whatever the source leaves out, as `current` has it or by the field's default. errc::refused, with one detail for
/// each port that the source may not lock, and where it names only a part of a port of the minimum.
[[nodiscard]] Result<std::vector<PolicyPort>> within_authority(const SourceAuthority& authority,
                                                               std::span<const PolicyPort> current,
                                                               std::vector<PolicyPort> said);

}  // namespace jitgate
