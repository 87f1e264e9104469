#pragma once

#include "agent/config/config.hpp"

namespace jitgate {

/// Where the policy is set through the API, the ports that the daemon keeps beside its store, which nobody else can
/// read while it runs: `config.policy.ports` has their numbers and protocols afterwards, and the defaults for the rest.
/// Elsewhere nothing changes. The error is why they cannot be read.
[[nodiscard]] Result<void> add_kept_ports(Config& config);

}  // namespace jitgate
