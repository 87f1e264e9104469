#include "agent/schedule/active_grants.hpp"

#include <algorithm>

namespace jitgate {

BootTime closes_at(const GrantPort& port, const PortState& state, WallTime wall_now, BootTime boot_now) {
  // A duration of centuries would overflow the sum; the boot deadline bounds it anyway.
  const Duration left = std::min(port.end - wall_now, state.boot_deadline - boot_now);
  return boot_now + left;
}

std::vector<AllowKey> allow_keys(const GrantPort& port) {
  std::vector<AllowKey> keys;
  for (const Transport transport : transports(port.protocol)) keys.push_back({port.source, {transport, port.number}});
  return keys;
}

ActiveGrants::Changes ActiveGrants::add(GrantRecord record, WallTime wall_now, BootTime boot_now) {
  Changes changes;
  auto& live = records_[record.grant.id];
  live.slots.resize(record.grant.ports.size());
  live.record = std::move(record);
  index(live.record);
  for (std::size_t i = 0; i < live.slots.size(); ++i) {
    if (live.record.states[i].status != Status::initiated) continue;
    schedule(live, i, wall_now, boot_now);
    if (live.slots[i]->opens_at <= boot_now && live.slots[i]->closes_at > boot_now) open(live, i, changes);
  }
  return changes;
}

ActiveGrants::Changes ActiveGrants::end(const GrantPortRef& ref, PortState state) {
  Changes changes;
  const auto found = records_.find(ref.grant_id);
  if (found == records_.end()) return changes;
  auto& live = found->second;
  if (auto& slot = live.slots[ref.port]) {
    unschedule(live, ref.port);
    close(live, ref.port, changes);
    slot.reset();
  }
  live.record.states[ref.port] = std::move(state);
  if (!live.record.active()) {
    forget(live.record);
    records_.erase(found);
  }
  return changes;
}

GrantRecord ActiveGrants::remove(const std::string& id) {
  auto& live = records_.at(id);
  Changes unasked;
  for (std::size_t i = 0; i < live.slots.size(); ++i) {
    if (!live.slots[i]) continue;
    unschedule(live, i);
    close(live, i, unasked);
  }
  forget(live.record);
  return std::move(records_.extract(id).mapped().record);
}

ActiveGrants::Live* ActiveGrants::find_slot(const GrantPortRef& ref) {
  const auto found = records_.find(ref.grant_id);
  return found != records_.end() && found->second.slots[ref.port] ? &found->second : nullptr;
}

ActiveGrants::Changes ActiveGrants::hold(const GrantPortRef& ref) {
  Changes changes;
  if (Live* live = find_slot(ref)) {
    live->slots[ref.port]->held = true;
    close(*live, ref.port, changes);
  }
  return changes;
}

ActiveGrants::Changes ActiveGrants::release(const GrantPortRef& ref, BootTime boot_now) {
  Changes changes;
  Live* live = find_slot(ref);
  if (live == nullptr) return changes;
  Slot& slot = *live->slots[ref.port];
  slot.held = false;
  if (slot.opens_at <= boot_now && slot.closes_at > boot_now) open(*live, ref.port, changes);
  return changes;
}

ActiveGrants::Changes ActiveGrants::advance(BootTime boot_now) {
  Changes changes;
  while (!timeline_.empty() && timeline_.begin()->first <= boot_now) {
    const auto ref = timeline_.begin()->second;
    timeline_.erase(timeline_.begin());
    auto& live = records_.find(ref.grant_id)->second;
    const auto& slot = *live.slots[ref.port];
    if (slot.closes_at <= boot_now) {
      timeline_.erase({slot.closes_at, ref});
      close(live, ref.port, changes);
      changes.closed.push_back({live.record.grant.id, ref.port});
    } else {
      open(live, ref.port, changes);
    }
  }
  return changes;
}

ActiveGrants::Changes ActiveGrants::retime(WallTime wall_now, BootTime boot_now) {
  Changes changes;
  for (auto& [id, live] : records_) {
    for (std::size_t i = 0; i < live.slots.size(); ++i) {
      if (!live.slots[i]) continue;
      unschedule(live, i);
      close(live, i, changes);
      schedule(live, i, wall_now, boot_now);
      if (live.slots[i]->opens_at <= boot_now && live.slots[i]->closes_at > boot_now) open(live, i, changes);
    }
  }
  return changes;
}

void ActiveGrants::schedule(Live& live, std::size_t port, WallTime wall_now, BootTime boot_now) {
  const auto& wanted = live.record.grant.ports[port];
  const auto start = live.record.grant.start;
  const bool begun = start <= wall_now || (live.slots[port] && live.slots[port]->begun);
  const auto opens_at = begun ? boot_now : boot_now + (start - wall_now);
  const bool held = live.slots[port] && live.slots[port]->held;
  const Slot slot{opens_at, jitgate::closes_at(wanted, live.record.states[port], wall_now, boot_now), begun, false,
                  held};
  const PortOfHeld ref{live.record.grant.id, port};
  timeline_.insert({slot.closes_at, ref});
  if (opens_at > boot_now && opens_at < slot.closes_at) timeline_.insert({opens_at, ref});
  live.slots[port] = slot;
}

void ActiveGrants::unschedule(const Live& live, std::size_t port) {
  const PortOfHeld ref{live.record.grant.id, port};
  timeline_.erase({live.slots[port]->closes_at, ref});
  timeline_.erase({live.slots[port]->opens_at, ref});
}

void ActiveGrants::open(Live& live, std::size_t port, Changes& changes) {
  auto& slot = *live.slots[port];
  if (slot.open || slot.held) return;
  slot.open = true;
  slot.begun = true;
  for (auto& key : allow_keys(live.record.grant.ports[port])) {
    auto& ends = open_[key];
    if (ends.empty()) note_length(key.source, +1);
    ends.insert(slot.closes_at);
    changes.keys.push_back(key);
  }
}

void ActiveGrants::close(Live& live, std::size_t port, Changes& changes) {
  auto& slot = *live.slots[port];
  if (!slot.open) return;
  slot.open = false;
  for (auto& key : allow_keys(live.record.grant.ports[port])) {
    const auto found = open_.find(key);
    found->second.erase(found->second.find(slot.closes_at));
    if (found->second.empty()) {
      open_.erase(found);
      note_length(key.source, -1);
    }
    changes.keys.push_back(key);
  }
}

void ActiveGrants::note_length(const AddressPrefix& source, int delta) {
  auto& count = lengths_[{source.family(), source.length()}];
  count += static_cast<std::size_t>(delta);
  if (count == 0) lengths_.erase({source.family(), source.length()});
}

void ActiveGrants::index(const GrantRecord& record) {
  for (const GrantPort& port : record.grant.ports) records_by_prefix_.emplace(port.source, &record);
  ++requestors_[record.source][record.grant.requestor];
}

void ActiveGrants::forget(const GrantRecord& record) {
  for (const GrantPort& port : record.grant.ports) {
    const auto [begin, end] = records_by_prefix_.equal_range(port.source);
    const auto found = std::find_if(begin, end, [&](const auto& entry) { return entry.second == &record; });
    if (found != end) records_by_prefix_.erase(found);
  }
  auto& requestors = requestors_[record.source];
  if (--requestors[record.grant.requestor] == 0) requestors.erase(record.grant.requestor);
}

const GrantRecord* ActiveGrants::find(const std::string& id) const {
  const auto found = records_.find(id);
  return found == records_.end() ? nullptr : &found->second.record;
}

bool ActiveGrants::is_open(const GrantPortRef& ref) const {
  const auto found = records_.find(ref.grant_id);
  if (found == records_.end()) return false;
  const auto& slot = found->second.slots[ref.port];
  return slot && slot->open;
}

std::optional<BootTime> ActiveGrants::open_until(const AllowKey& key) const {
  const auto found = open_.find(key);
  if (found == open_.end()) return std::nullopt;
  return *found->second.rbegin();
}

std::vector<AllowKey> ActiveGrants::open_keys() const {
  std::vector<AllowKey> keys;
  keys.reserve(open_.size());
  for (const auto& [key, ends] : open_) keys.push_back(key);
  return keys;
}

std::optional<BootTime> ActiveGrants::next_event() const {
  if (timeline_.empty()) return std::nullopt;
  return timeline_.begin()->first;
}

bool ActiveGrants::admits(const AddressPrefix& source, TransportPort port) const {
  return std::ranges::any_of(lengths_, [&](const auto& entry) {
    const auto [family, length] = entry.first;
    return family == source.family() && length <= source.length() &&
           open_.contains({AddressPrefix::of(source.bytes(), length), port});
  });
}

void ActiveGrants::for_each(const std::function<void(const GrantRecord&)>& visit) const {
  for (const auto& [id, live] : records_) visit(live.record);
}

void ActiveGrants::for_each_open(const std::function<void(const GrantRecord&, std::size_t port)>& visit) const {
  for (const auto& [id, live] : records_) {
    for (std::size_t i = 0; i < live.slots.size(); ++i) {
      if (live.slots[i] && live.slots[i]->open) visit(live.record, i);
    }
  }
}

void ActiveGrants::for_each_from(const AddressPrefix& source,
                                 const std::function<void(const GrantRecord&)>& visit) const {
  const auto [begin, end] = records_by_prefix_.equal_range(source);
  for (auto at = begin; at != end; ++at) visit(*at->second);
}

const std::map<std::string, std::size_t>& ActiveGrants::requestors_of(const std::string& grant_source) const {
  static const std::map<std::string, std::size_t> nobody;
  const auto found = requestors_.find(grant_source);
  return found == requestors_.end() ? nobody : found->second;
}

}  // namespace jitgate
