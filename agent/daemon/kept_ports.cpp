#include "agent/daemon/kept_ports.hpp"

#include <filesystem>

#include "agent/control/kept_lock.hpp"

namespace jitgate {

bool state_is_there(const Config& config) {
  std::error_code failed;
  return std::filesystem::exists(config.state_directory + "/state.db", failed);
}

Result<void> add_kept_ports(Config& config, const std::string& boot_directory) {
  if (config.policy_authority == PolicyAuthority::file) return {};
  const KeptPorts kept = KeptLock(config.state_directory, boot_directory).read();
  std::vector<LockedPort> ports = kept.ports;
  if (!boot_directory.empty() && !state_is_there(config))
    ports = all_of(std::move(ports), KeptLock(boot_directory).read().ports);
  if (config.policy_authority == PolicyAuthority::source)
    ports = all_of(std::move(ports), config.source_authority.minimum);
  for (const LockedPort& port : ports) config.policy.ports.push_back(default_policy_port(port.number, port.protocol));
  if (kept.problem) return *kept.problem;
  return {};
}

}  // namespace jitgate
