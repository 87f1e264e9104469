// The policy that a grant source sets (policy.authority: {source: ...}): kept in the store like one from the API, and
// within what the configuration lets the source lock and unlock.
#include "agent/control/audit_events.hpp"
#include "agent/control/local_agent.hpp"
#include "agent/control/source_authority.hpp"

namespace jitgate {

using boost::asio::awaitable;

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

/// What is stored, and what the source cannot unlock.
std::vector<PolicyPort> LocalAgent::with_minimum(std::vector<PolicyPort> stored) const {
  if (config_.policy_authority != PolicyAuthority::source) return stored;
  auto within = within_authority(config_.source_authority, {}, stored);
  // The authority is narrower than it was: what is locked stays so, until the source says something else.
  return within ? std::move(*within) : std::move(stored);
}

}  // namespace jitgate
