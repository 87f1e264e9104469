#pragma once

#include <string>
#include <vector>

#include "agent/config/config.hpp"

namespace jitgate {

/// Where the policy is set through the API or by a source, the ports that the daemon keeps beside its store, which
/// nobody else can read while it runs: `config.policy.ports` has their numbers and protocols afterwards, and the
/// defaults for the rest. Elsewhere nothing changes. The error is why not all of them can be read; those that can are
/// there nevertheless, with those of the copy in `boot_directory`, where one is given.
[[nodiscard]] Result<void> add_kept_ports(Config& config, const std::string& boot_directory = {});

/// What the daemon keeps is there: false while the file system that holds it is not mounted yet.
[[nodiscard]] bool state_is_there(const Config& config);

}  // namespace jitgate
