#include "agent/control/grant_book.hpp"

#include <algorithm>

#include "agent/control/audit_events.hpp"

namespace jitgate {
namespace {

WallTime first_initiated_end(const GrantRecord& record) {
  auto first = WallTime::max();
  for (std::size_t i = 0; i < record.states.size(); ++i) {
    if (record.states[i].status == Status::initiated) first = std::min(first, record.grant.ports[i].end);
  }
  return first;
}

}  // namespace

GrantBook::GrantBook(ActiveGrants& active, ConnectionKeeper& keeper, Recorder& recorder, ClockGuard& guard,
                     const Clock& clock, Touch touch)
    : active_(active), keeper_(keeper), recorder_(recorder), guard_(guard), clock_(clock), touch_(std::move(touch)) {}

PortState GrantBook::fresh_state(const GrantPort& port) const {
  PortState state;
  state.boot_id = clock_.boot_id();
  state.boot_deadline = clock_.boot_now() + (port.end - clock_.wall_now());
  return state;
}

void GrantBook::open(GrantRecord record, const std::vector<GrantPortRef>& recorded) {
  std::vector<GrantRecord> one;
  one.push_back(std::move(record));
  open_all(std::move(one), recorded);
}

void GrantBook::open_all(std::vector<GrantRecord> records, const std::vector<GrantPortRef>& recorded) {
  std::vector<AllowKey> keys;
  for (GrantRecord& record : records) {
    // Looked for again: another request may have been granted while this one was being written.
    const auto replaced = replaced_by(record.grant, record.source);
    totals_.opened += record.grant.ports.size();
    // The new one first: an entry that both ask for is re-timed, never closed in between.
    std::ranges::move(make_live(std::move(record)), std::back_inserter(keys));
    for (const auto& ref : replaced) {
      if (std::ranges::find(recorded, ref) == recorded.end()) {
        end(ref, StatusReason::newer_request_initiated, daemon_caller(), "grant.replace");
      } else {
        end_recorded(ref, StatusReason::newer_request_initiated);
      }
    }
  }
  touch_(keys);
}

std::vector<AllowKey> GrantBook::make_live(GrantRecord record) {
  const std::string id = record.grant.id;
  const std::size_t ports = record.grant.ports.size();
  auto keys = active_.add(std::move(record), clock_.wall_now(), clock_.boot_now()).keys;
  const GrantRecord& live = *active_.find(id);
  for (std::size_t port = 0; port < ports; ++port) {
    if (is_kept_closed(live, port)) (void)active_.hold({id, port});
  }
  return keys;
}

void GrantBook::discard(GrantRecord record, const std::vector<GrantPortRef>& recorded) {
  for (const auto& ref : recorded) end_recorded(ref, StatusReason::newer_request_initiated);
  StoreChange change;
  for (std::size_t i = 0; i < record.states.size(); ++i) {
    auto& state = record.states[i];
    state.status = Status::revoked;
    state.reason = StatusReason::policy_changed;
    state.ended_at = clock_.wall_now();
    change.update.push_back({record.grant.id, i, state});
    change.audit.push_back(
        port_event(clock_.wall_now(), "grant.revoke", daemon_caller(), record.grant, i, state.reason));
  }
  recorder_.record(std::move(change));
}

void GrantBook::hold(const std::vector<GrantPortRef>& refs) {
  std::vector<AllowKey> keys;
  for (const auto& ref : refs) std::ranges::move(active_.hold(ref).keys, std::back_inserter(keys));
  touch_(keys);
}

void GrantBook::release(const std::vector<GrantPortRef>& refs) {
  std::vector<AllowKey> keys;
  for (const auto& ref : refs) {
    const GrantRecord* record = active_.find(ref.grant_id);
    if (record == nullptr || is_kept_closed(*record, ref.port)) continue;
    std::ranges::move(active_.release(ref, clock_.boot_now()).keys, std::back_inserter(keys));
  }
  touch_(keys);
}

void GrantBook::end_recorded(const GrantPortRef& ref, StatusReason reason) {
  auto change = close(ref, reason);
  if (!change || !change->state.cut_pending) return;
  StoreChange pending;
  pending.update.push_back(std::move(*change));
  recorder_.record(std::move(pending));
}

std::vector<GrantPortRef> GrantBook::replaced_by(const Grant& grant, const std::string& source) const {
  std::set<GrantPortRef> replaced;
  const auto look_at = [&](const GrantRecord& record) {
    if (record.source != source || record.grant.requestor != grant.requestor || record.grant.id == grant.id) return;
    for (std::size_t i = 0; i < record.states.size(); ++i) {
      const auto asked_again = [&](const GrantPort& port) { return same_opening(port, record.grant.ports[i]); };
      if (record.states[i].status == Status::initiated && std::ranges::any_of(grant.ports, asked_again)) {
        replaced.insert({record.grant.id, i});
      }
    }
  };
  // Only grants from the same prefix can be meant, and there may be ten thousand others.
  for (const GrantPort& port : grant.ports) active_.for_each_from(port.source, look_at);
  for (const auto& [id, record] : held_) look_at(record);
  return {replaced.begin(), replaced.end()};
}

std::map<std::string, std::size_t> GrantBook::requestors_of(const std::string& source) const {
  auto counts = active_.requestors_of(source);
  for (const auto& [id, record] : held_) {
    if (record.source == source) ++counts[record.grant.requestor];
  }
  return counts;
}

StateChange GrantBook::ending(const GrantPortRef& ref, StatusReason reason) const {
  const GrantRecord* record = find(ref.grant_id);
  StateChange change{ref.grant_id, ref.port, record->states[ref.port]};
  change.state.status = Status::revoked;
  change.state.reason = reason;
  change.state.ended_at = clock_.wall_now();
  // The kernel closed it on time, however late the daemon comes to know.
  if (reason == StatusReason::expired) {
    change.state.ended_at = std::min(*change.state.ended_at, record->grant.ports[ref.port].end);
  }
  return change;
}

std::optional<StateChange> GrantBook::close(const GrantPortRef& ref, StatusReason reason) {
  const GrantRecord* record = find(ref.grant_id);
  if (record == nullptr || record->states[ref.port].status != Status::initiated) return std::nullopt;
  auto change = ending(ref, reason);
  ++totals_.ended[reason];
  auto remembered = *record;
  if (const auto held = held_.find(ref.grant_id); held != held_.end()) {
    held->second.states[ref.port] = change.state;
    if (!held->second.active()) {
      held_.erase(held);
      clone_held_.erase(ref.grant_id);
    }
    return change;
  }
  touch_(active_.end(ref, change.state).keys);
  change.state.cut_pending = keeper_.ended(remembered.grant, ref.port, *change.state.ended_at);
  if (change.state.cut_pending) {
    auto& cutting = cutting_.try_emplace(ref.grant_id, std::move(remembered)).first->second;
    cutting.states[ref.port] = change.state;
  }
  return change;
}

void GrantBook::end(const GrantPortRef& ref, StatusReason reason, const Caller& caller, const std::string& operation) {
  const GrantRecord* record = find(ref.grant_id);
  if (record == nullptr) return;
  const Grant grant = record->grant;
  auto change = close(ref, reason);
  if (!change) return;
  StoreChange recorded;
  recorded.update.push_back(std::move(*change));
  recorded.audit.push_back(port_event(clock_.wall_now(), operation, caller, grant, ref.port, reason));
  recorder_.record(std::move(recorded));
}

void GrantBook::end_expired(const std::vector<GrantPortRef>& closed) {
  for (const auto& ref : closed) end(ref, StatusReason::expired, daemon_caller(), "grant.expire");
}

/// The kernel closed them on time; what waits for the daemon (a cut, the record) waited this much longer.
void GrantBook::note_delays(const std::vector<GrantPortRef>& closed) {
  for (const auto& ref : closed) {
    const GrantRecord* record = find(ref.grant_id);
    if (record != nullptr) totals_.expiry_delay.add(clock_.wall_now() - record->grant.ports[ref.port].end);
  }
}

void GrantBook::advance() {
  guard_.observe(clock_);
  settle_held();
  const auto changes = active_.advance(clock_.boot_now());
  if (!changes.keys.empty()) touch_(changes.keys);
  note_delays(changes.closed);
  end_expired(changes.closed);
  for (const auto& ref : keeper_.advance()) {
    const auto found = cutting_.find(ref.grant_id);
    if (found == cutting_.end()) continue;
    StoreChange done;
    auto& state = found->second.states[ref.port];
    state.cut_pending = false;
    done.update.push_back({ref.grant_id, ref.port, state});
    done.audit.push_back(
        event(clock_.wall_now(), "connection.terminate", daemon_caller(), about(found->second.grant, ref.port)));
    const auto pending = [](const PortState& other) { return other.cut_pending; };
    if (std::ranges::none_of(found->second.states, pending)) cutting_.erase(found);
    recorder_.record(std::move(done));
  }
}

void GrantBook::retime() {
  const auto changes = active_.retime(clock_.wall_now(), clock_.boot_now());
  touch_(changes.keys);
  advance();
}

std::optional<BootTime> GrantBook::next_event() const {
  auto next = active_.next_event();
  const auto consider = [&next](std::optional<BootTime> other) {
    if (other && (!next || *other < *next)) next = other;
  };
  consider(keeper_.next_event());
  if (held_.empty()) return next;
  auto poll = ClockGuard::kPoll;
  if (held_.size() == clone_held_.size() && guard_.trusted(clock_)) {
    // Those of a clone wait for nothing but their end.
    auto first_end = WallTime::max();
    for (const auto& [id, record] : held_) first_end = std::min(first_end, first_initiated_end(record));
    poll = std::max(ClockGuard::kPoll, first_end - clock_.wall_now());
  }
  consider(clock_.boot_now() + poll);
  return next;
}

const GrantRecord* GrantBook::find(const std::string& id) const {
  if (const auto held = held_.find(id); held != held_.end()) return &held->second;
  return active_.find(id);
}

void GrantBook::for_each(const std::function<void(const GrantRecord&)>& visit) const {
  active_.for_each(visit);
  for (const auto& [id, record] : held_) visit(record);
}

std::vector<GrantRecord> GrantBook::live() const {
  std::vector<GrantRecord> records;
  for_each([&records](const GrantRecord& record) { records.push_back(record); });
  std::ranges::sort(records, {}, [](const GrantRecord& record) { return record.grant.id; });
  return records;
}

std::vector<GrantPortRef> GrantBook::live_ports() const {
  std::vector<GrantPortRef> ports;
  for_each([&ports](const GrantRecord& record) {
    for (std::size_t i = 0; i < record.states.size(); ++i) {
      if (record.states[i].status == Status::initiated) ports.push_back({record.grant.id, i});
    }
  });
  return ports;
}

}  // namespace jitgate
