// How much one caller may ask, and how much of what is refused is recorded.
#include "agent/control/audit_events.hpp"
#include "agent/control/local_agent.hpp"

namespace jitgate {
namespace {

/// Whoever has a role has an account of their own. All others share one: they may be thousands (subuid(5)), and what
/// they are refused must not fill the disk.
const std::string& account_of(const Caller& caller) {
  static const std::string anybody;
  return caller.roles.empty() ? anybody : caller.name;
}

}  // namespace

Result<void> LocalAgent::within_rate(const Caller& caller) {
  const auto wait = rates_.take(account_of(caller), parts_.clock.boot_now());
  if (!wait) return {};
  auto too_many = error(errc::too_many, caller.name + " asks more often than limits.requestsPerMinute allows");
  too_many.retry_after = std::chrono::ceil<std::chrono::seconds>(*wait);
  return too_many;
}

/// Of what is refused beyond the rate, the record has the first and, at the next that is recorded, the number.
void LocalAgent::leave_unrecorded(const Caller& caller, const std::string& operation, const Error& why, Matter matter) {
  refusals_.add(why);
  if (!rates_.add_unrecorded(account_of(caller))) return refusals_.add_unrecorded();
  record_event(refusal_event(
      now(), operation, caller,
      error(errc::too_many, "more often than limits.requestsPerMinute allows; what follows is counted, not recorded"),
      std::move(matter)));
}

void LocalAgent::write_refusal(const Caller& caller, std::string operation, const Error& why, Matter matter) {
  refusals_.add(why);
  auto refused = refusal_event(now(), std::move(operation), caller, why, std::move(matter));
  if (const auto unrecorded = rates_.take_unrecorded(account_of(caller)); unrecorded > 1)
    refused.reason += " (" + std::to_string(unrecorded - 1) + " refusals before this one are not recorded)";
  record_event(std::move(refused));
}

void LocalAgent::note_refusal(const Caller& caller, std::string operation, const Error& why, Matter matter) {
  if (within_rate(caller))
    write_refusal(caller, std::move(operation), why, std::move(matter));
  else
    leave_unrecorded(caller, operation, why, std::move(matter));
}

void LocalAgent::record_refusal(const Caller& caller, std::string operation, const Error& why, std::string grant_id) {
  note_refusal(caller, std::move(operation), why, about_grant(std::move(grant_id)));
}

}  // namespace jitgate
