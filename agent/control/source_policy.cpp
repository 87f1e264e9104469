// The policy that a grant source sets (policy.authority: {source: ...}): kept in the store like one from the API, and
// within what the configuration lets the source lock and unlock.
#include <algorithm>

#include "agent/control/audit_events.hpp"
#include "agent/control/local_agent.hpp"
#include "agent/control/source_authority.hpp"

namespace jitgate {

using boost::asio::awaitable;

namespace {

bool overlaps(const PolicyPort& port, const LockedPort& least) {
  return port.number == least.number &&
         (contains(port.protocol, least.protocol) || contains(least.protocol, port.protocol));
}

}  // namespace

/// What the source says is said again with every poll: a refusal is recorded when it is another one.
awaitable<Result<void>> LocalAgent::follow_source_policy(std::string source, std::vector<PolicyPort> ports) {
  auto wanted = within_authority(config_.source_authority, config_.policy.ports, std::move(ports));
  auto done = wanted ? can_change_policy(*wanted) : Result<void>(wanted.error());
  if (done && !policy_problem_ && *wanted == config_.policy.ports) co_return done;
  if (done) {
    source_policy_problem_.reset();
    co_return co_await change_policy(source_caller(source, {}), std::move(*wanted));
  }
  if (source_policy_problem_ != describe(done.error())) {
    source_policy_problem_ = describe(done.error());
    record_refusal(source_caller(source, {}), "policy.change", done.error());
  }
  co_return done;
}

/// What is stored, and what the source cannot unlock, whatever it may lock.
std::vector<PolicyPort> LocalAgent::with_minimum(std::vector<PolicyPort> ports) const {
  if (config_.policy_authority != PolicyAuthority::source) return ports;
  for (const LockedPort& least : config_.source_authority.minimum) {
    if (std::ranges::none_of(ports, [&least](const PolicyPort& port) { return overlaps(port, least); }))
      ports.push_back(default_policy_port(least.number, least.protocol));
  }
  return ports;
}

/// Of the minimum, what no port of the policy covers as a whole: locked beside them.
std::vector<LockedPort> LocalAgent::uncovered_minimum() const {
  if (config_.policy_authority != PolicyAuthority::source) return {};
  auto least = config_.source_authority.minimum;
  std::erase_if(least,
                [this](const LockedPort& port) { return config_.policy.find(port.number, port.protocol) != nullptr; });
  return least;
}

}  // namespace jitgate
