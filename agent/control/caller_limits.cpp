// How much one caller may ask, and how much of what is refused is recorded.
#include "agent/control/audit_events.hpp"
#include "agent/control/local_agent.hpp"

namespace jitgate {

Result<void> LocalAgent::within_rate(const Caller& caller) {
  const auto wait = rates_.take(caller.name, parts_.clock.boot_now());
  if (!wait) return {};
  auto too_many = error(errc::too_many, caller.name + " asks more often than limits.requestsPerMinute allows");
  too_many.retry_after = std::chrono::ceil<std::chrono::seconds>(*wait);
  return too_many;
}

/// Of what is refused beyond the rate, the record has the first and, at the next that is recorded, the number.
void LocalAgent::leave_unrecorded(const Caller& caller, const std::string& operation, Matter matter) {
  if (!rates_.add_unrecorded(caller.name)) return;
  record_event(refusal_event(
      now(), operation, caller,
      error(errc::too_many, "more often than limits.requestsPerMinute allows; what follows is counted, not recorded"),
      std::move(matter)));
}

void LocalAgent::write_refusal(const Caller& caller, std::string operation, const Error& why, Matter matter) {
  auto refused = refusal_event(now(), std::move(operation), caller, why, std::move(matter));
  if (const auto unrecorded = rates_.take_unrecorded(caller.name); unrecorded > 1)
    refused.reason += " (" + std::to_string(unrecorded - 1) + " refusals before this one are not recorded)";
  record_event(std::move(refused));
}

void LocalAgent::note_refusal(const Caller& caller, std::string operation, const Error& why, Matter matter) {
  if (within_rate(caller))
    write_refusal(caller, std::move(operation), why, std::move(matter));
  else
    leave_unrecorded(caller, operation, std::move(matter));
}

void LocalAgent::record_refusal(const Caller& caller, std::string operation, const Error& why, std::string grant_id) {
  note_refusal(caller, std::move(operation), why, about_grant(std::move(grant_id)));
}

}  // namespace jitgate
