#pragma once

#include "agent/config/policy_document.hpp"
#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {

/// A machine whose policy is set through the API; none is set yet.
class PolicyRig : public AgentRig {
 protected:
  PolicyRig() {
    config_.policy_authority = PolicyAuthority::api;
    config_.policy.ports.clear();
  }
  Result<void> put(std::vector<PolicyPort> ports) {
    return call(agent().set_policy(administrator(), std::move(ports)));
  }
  auto begin_put(std::vector<PolicyPort> ports) { return begin(agent().set_policy(administrator(), std::move(ports))); }
  Result<bool> take_away() { return call(agent().delete_policy(administrator())); }
  [[nodiscard]] std::vector<PolicyPort> stored_policy() const {
    const auto found = disk_.settings().find("policy");
    return found == disk_.settings().end() ? std::vector<PolicyPort>{} : parse_policy(found->second).value();
  }
  static PolicyPort from(int number, std::string_view source) {
    return policy_port(number, Protocol::tcp, {prefix(source)});
  }

  const PolicyPort ssh_ = policy_port(22, Protocol::tcp);
  const PolicyPort web_ = policy_port(80, Protocol::tcp);
};

}  // namespace jitgate
