// Break glass: unlock.
#include "agent/control/audit_events.hpp"
#include "agent/control/local_agent.hpp"
#include "agent/model/grant_document.hpp"

namespace jitgate {
namespace {

using boost::asio::awaitable;

constexpr Duration kLongestUnlock = std::chrono::hours(24);

}  // namespace

std::vector<GrantRecord> LocalAgent::unlock_records(const Caller& caller, const UnlockOptions& options) const {
  std::vector<AddressPrefix> sources{AddressPrefix::any(Family::ipv4), AddressPrefix::any(Family::ipv6)};
  if (options.source) sources = {*options.source};
  std::vector<GrantRecord> records;
  Grant grant{{}, {}, host(), caller.name, std::nullopt, now(), options.justification, {}};
  const auto finish = [&] {
    if (grant.ports.empty()) return;
    grant.id = new_grant_id(now());
    records.push_back(new_record(grant, kUnlockSource));
    grant.ports.clear();
  };
  // Also those that the policy is not known to lock yet, or any more: they are locked now.
  for (const auto& port : all_of(locked_by(config_.policy.ports), also_locked_)) {
    for (const auto& source : sources) {
      grant.ports.push_back({port.number, port.protocol, source, now() + options.duration});
      if (grant.ports.size() == kMaxGrantPorts) finish();
    }
  }
  finish();
  return records;
}

Result<std::vector<GrantRecord>> LocalAgent::decide_unlock(const Caller& caller, const UnlockOptions& options) const {
  if (!activation_.wanted()) return error(errc::unavailable, "jitgate is disabled here: nothing is locked");
  if (options.justification.empty())
    return error(errc::invalid_argument, "an unlock needs a justification", "justification");
  if (options.duration > kLongestUnlock)
    return error(errc::invalid_argument, "an unlock lasts at most PT24H", "duration");
  auto records = unlock_records(caller, options);
  if (records.empty()) return error(errc::unavailable, "the policy locks no port");
  for (const auto& record : records) {
    // What the store would never take must not open unrecorded.
    if (const auto sound = parse_grant_document(record.document); !sound) return sound.error();
  }
  return records;
}

awaitable<Result<GrantReceipt>> LocalAgent::unlock(Caller caller, UnlockOptions options) {
  auto records = decide_unlock(caller, options);
  if (!records) {
    // Not limited: whoever breaks the glass is not made to wait.
    write_refusal(caller, "lock.unlock", records.error(), {.justification = options.justification});
    co_return records.error();
  }
  // Break glass: it opens first. A store that cannot write must not lock an administrator out.
  for (const auto& record : *records) {
    if (!loaded_) opened_before_load_.insert(record.grant.id);
    // Recorded before the end of the unlock that it replaces, so that the record tells what happened in order.
    StoreChange change;
    change.add.push_back(record);
    change.audit.push_back(grant_event(now(), "lock.unlock", caller, record.grant));
    recorder_.record(std::move(change));
    book_.open(record);
    activity_.add(record);
  }
  rearm();
  co_return receipt(std::move(records->front()));
}

}  // namespace jitgate
