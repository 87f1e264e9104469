#include "agent/daemon/kept_ports.hpp"

#include "agent/control/kept_lock.hpp"

namespace jitgate {

Result<void> add_kept_ports(Config& config) {
  if (config.policy_authority == PolicyAuthority::file) return {};
  const auto kept = KeptLock(config.state_directory).read();
  if (!kept) return kept.error();
  for (const LockedPort& port : *kept) config.policy.ports.push_back(default_policy_port(port.number, port.protocol));
  return {};
}

}  // namespace jitgate
