#include "agent/daemon/kept_ports.hpp"

#include "agent/control/kept_lock.hpp"

namespace jitgate {

Result<void> add_kept_ports(Config& config) {
  if (config.policy_authority == PolicyAuthority::file) return {};
  const auto kept = KeptLock(config.state_directory).read();
  if (!kept) return kept.error();
  const bool by_source = config.policy_authority == PolicyAuthority::source;
  for (const LockedPort& port : all_of(*kept, by_source ? config.source_authority.minimum : std::vector<LockedPort>{}))
    config.policy.ports.push_back(default_policy_port(port.number, port.protocol));
  return {};
}

}  // namespace jitgate
