#include "agent/control/local_agent.hpp"
#include "agent/doctor/examine.hpp"

namespace jitgate {

boost::asio::awaitable<doctor::DoctorReport> LocalAgent::doctor() {
  HostFacts facts = co_await survey_.facts(*parts_.sockets, parts_.saved_rulesets);
  // After the survey, so that everything below is of one moment.
  doctor::Evidence evidence;
  evidence.sockets = std::move(facts.sockets);
  evidence.saved = std::move(facts.saved);
  evidence.policy = &config_.policy;
  evidence.dry_run = !parts_.backend.enforces();
  evidence.status = status();
  evidence.clock_synchronized = parts_.clock.synchronized();
  if (const auto readable = parts_.backend.read(); !readable) evidence.firewall_problem = readable.error();
  co_return doctor::examine(evidence);
}

}  // namespace jitgate
