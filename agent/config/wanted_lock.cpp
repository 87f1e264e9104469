#include "agent/config/wanted_lock.hpp"

namespace jitgate {

Lock wanted_lock(const Config& config) {
  return {.ports = config.policy.locked_ports(),
          .always_allow = config.policy.always_allow,
          .deny = config.deny,
          .lifts_at = std::nullopt,
          .existing_rules = config.existing_rules,
          .forwarded = config.forwarded};
}

}  // namespace jitgate
