#pragma once

#include <memory>

#include "agent/model/clock.hpp"
#include "platform/firewall_backend.hpp"

namespace jitgate {

/// `enforcement.backend: none`: everything is decided, recorded and reported, and no packet is touched. enforces() is
/// false.
[[nodiscard]] std::unique_ptr<FirewallBackend> make_dry_run_backend(const Clock& clock);

}  // namespace jitgate
