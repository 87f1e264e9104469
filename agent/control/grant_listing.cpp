// What a grant is at this moment, for whoever asks: open, or why it is not.
#include <algorithm>

#include "agent/control/local_agent.hpp"
#include "agent/model/timestamp.hpp"

namespace jitgate {

using boost::asio::awaitable;

/// Of a grant that has not ended. nullopt: every port of it admits packets.
std::optional<std::string> LocalAgent::why_closed(const GrantRecord& record) const {
  const std::string& id = record.grant.id;
  if (record.pending()) return "it waits for an approver";
  if (book_.find(id) == nullptr) return "it was ended, which is not recorded yet";
  if (book_.is_held_as_clone(id)) return "this machine is a copy of the one that it was granted on";
  if (book_.is_held(id)) return "it waits for the clock to be synchronised";
  if (sources_.kept_closed(id)) return "its source has not been heard of for too long";
  for (std::size_t i = 0; i < record.states.size(); ++i) {
    if (record.states[i].status != Status::initiated || book_.is_open({id, i})) continue;
    if (policy_problem_ && !allowed(record, i)) return "the policy is not known, by which it was granted";
    return record.grant.start > now() ? "it starts at " + to_string(record.grant.start) : "its time is up";
  }
  const auto& refused = enforcement_.reconciler().last_error();
  if (refused) return "the firewall refused the change, which is being retried: " + describe(*refused);
  if (!enforcement_.raised()) return "the locks are down, and with them what opens them";
  return std::nullopt;
}

GrantReceipt LocalAgent::receipt(GrantRecord record) const {
  GrantReceipt made;
  if (record.active()) {
    auto closed = why_closed(record);
    made.open = !closed;
    made.pending_reason = std::move(closed).value_or("");
  }
  made.record = std::move(record);
  return made;
}

awaitable<Result<std::vector<GrantReceipt>>> LocalAgent::grants(Caller caller, bool include_ended) {
  const bool all = caller.roles.has(Role::reader) || caller.roles.has(Role::administrator);
  std::vector<GrantRecord> records;
  if (include_ended) {
    GrantQuery query;
    query.include_ended = true;
    if (!all) query.requestor = caller.name;
    auto stored = co_await parts_.store.grants(std::move(query));
    if (!stored) co_return stored.error();
    records = std::move(*stored);
  } else {
    records = book_.live();
    if (!all) std::erase_if(records, [&](const GrantRecord& record) { return record.grant.requestor != caller.name; });
  }
  std::vector<GrantReceipt> list;
  list.reserve(records.size());
  for (GrantRecord& record : records) list.push_back(receipt(std::move(record)));
  co_return list;
}

}  // namespace jitgate
