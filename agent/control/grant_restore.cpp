// Restart, crash, reboot, clone: what the store held becomes live again, or waits, or has ended meanwhile.
#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "agent/control/audit_events.hpp"
#include "agent/control/grant_book.hpp"

namespace jitgate {
namespace {

constexpr const char* kMachine = "machine";
constexpr const char* kHeldAsClone = "heldAsClone";

std::set<std::string> parse_ids(const std::string& text) {
  std::set<std::string> ids;
  boost::system::error_code failed;
  const auto value = boost::json::parse(text, failed);
  if (failed || !value.is_array()) return ids;
  for (const auto& id : value.as_array()) {
    if (id.is_string()) ids.emplace(id.as_string());
  }
  return ids;
}

const std::string* setting(const StoredState& stored, const char* key) {
  const auto found = stored.settings.find(key);
  return found == stored.settings.end() ? nullptr : &found->second;
}

}  // namespace

std::string GrantBook::held_setting() const {
  boost::json::array ids;
  for (const auto& id : clone_held_) ids.emplace_back(id);
  return boost::json::serialize(ids);
}

void GrantBook::restore(const StoredState& stored, StagedGrants staged, const std::string& fingerprint,
                        const EndedMeanwhile& ended_meanwhile) {
  restore_clones(stored, staged, fingerprint);
  // One touch for all: ten thousand grants are a bulk load, not ten thousand transactions.
  std::vector<AllowKey> keys = adopt(staged, ended_meanwhile);
  for (auto& record : staged.others()) restore_record(std::move(record), ended_meanwhile, keys);
  // Before any cut: what belongs to a restored grant is not to be spared as older than the lock.
  keeper_.judge_existing();
  touch_(keys);
  advance();
}

void GrantBook::restore_clones(const StoredState& stored, StagedGrants& staged, const std::string& fingerprint) {
  const auto* machine = setting(stored, kMachine);
  if (const auto* held = setting(stored, kHeldAsClone)) clone_held_ = parse_ids(*held);
  const bool cloned = machine != nullptr && *machine != fingerprint;
  if (cloned || !clone_held_.empty()) staged.dissolve();
  if (cloned) {
    for (const auto& record : staged.others()) {
      if (record.active()) clone_held_.insert(record.grant.id);
    }
  }
  if (!clone_held_.empty()) forget_clones_but(staged.others());
  if (machine == nullptr || cloned) {
    StoreChange change;
    change.settings = {{kMachine, fingerprint}, {kHeldAsClone, held_setting()}};
    if (cloned)
      change.audit.push_back(event(clock_.wall_now(), "host.clone", daemon_caller(),
                                   std::to_string(clone_held_.size()) + " grants held back"));
    recorder_.record(std::move(change));
  }
}

/// Takes over what was made ready, but for what has ended meanwhile. Returns what is open by it.
std::vector<AllowKey> GrantBook::adopt(StagedGrants& staged, const EndedMeanwhile& ended_meanwhile) {
  if (active_.size() != 0) staged.dissolve();
  ActiveGrants& ready = staged.ready();
  std::vector<std::string> ended;
  std::vector<GrantPortRef> kept_closed;
  ready.for_each([&](const GrantRecord& record) {
    const std::string& id = record.grant.id;
    bool over = false;
    for (std::size_t i = 0; i < record.states.size(); ++i) {
      over = over || ended_meanwhile(record, i).has_value();
      if (is_kept_closed(record, i)) kept_closed.push_back({id, i});
    }
    if (over) ended.push_back(id);
  });
  for (const auto& ref : kept_closed) (void)ready.hold(ref);
  for (const auto& id : ended) staged.others().push_back(ready.remove(id));
  if (ready.size() == 0) return {};
  active_ = std::move(ready);
  return active_.open_keys();
}

/// Of those that were held back, some have ended since.
void GrantBook::forget_clones_but(const std::vector<GrantRecord>& live) {
  std::set<std::string> known;
  for (const auto& record : live) {
    if (record.active()) known.insert(record.grant.id);
  }
  std::erase_if(clone_held_, [&known](const std::string& id) { return !known.contains(id); });
}

void GrantBook::restore_record(GrantRecord record, const EndedMeanwhile& ended_meanwhile, std::vector<AllowKey>& keys) {
  restore_cuts(record);
  end_those(record, ended_meanwhile);
  if (!record.active()) {
    clone_held_.erase(record.grant.id);
    return;
  }
  const bool this_boot = std::ranges::all_of(record.states, [this](const PortState& state) {
    return state.status != Status::initiated || state.boot_id == clock_.boot_id();
  });
  if (this_boot && !clone_held_.contains(record.grant.id)) {
    std::ranges::move(make_live(std::move(record)), std::back_inserter(keys));
  } else {
    auto id = record.grant.id;
    held_.emplace(std::move(id), std::move(record));
  }
}

void GrantBook::restore_cuts(const GrantRecord& record) {
  for (std::size_t i = 0; i < record.states.size(); ++i) {
    const auto& state = record.states[i];
    if (!state.cut_pending || !state.ended_at) continue;
    if (keeper_.ended(record.grant, i, *state.ended_at)) {
      cutting_.try_emplace(record.grant.id, record);
      continue;
    }
    // The policy no longer cuts: nothing is pending any more.
    StoreChange nothing_to_cut;
    nothing_to_cut.update.push_back({record.grant.id, i, state});
    nothing_to_cut.update.back().state.cut_pending = false;
    recorder_.record(std::move(nothing_to_cut));
  }
}

/// What was taken back while nobody ran, or could not be recorded, must not open even for a moment.
void GrantBook::end_those(GrantRecord& record, const EndedMeanwhile& ended_meanwhile) {
  StoreChange change;
  for (std::size_t i = 0; i < record.states.size(); ++i) {
    auto& state = record.states[i];
    if (state.status != Status::initiated) continue;
    const auto reason = ended_meanwhile(record, i);
    if (!reason) continue;
    const bool this_boot = state.boot_id == clock_.boot_id();
    const auto closed = closes_at(record.grant.ports[i], state, clock_.wall_now(), clock_.boot_now());
    if (this_boot && closed <= clock_.boot_now()) continue;  // it has expired, by itself
    state.status = Status::revoked;
    state.reason = *reason;
    ++totals_.ended[state.reason];
    state.ended_at = clock_.wall_now();
    state.cut_pending = keeper_.ended(record.grant, i, *state.ended_at);
    if (state.cut_pending) cutting_.try_emplace(record.grant.id, record).first->second.states[i] = state;
    change.update.push_back({record.grant.id, i, state});
    change.audit.push_back(
        port_event(clock_.wall_now(), "grant.revoke", daemon_caller(), record.grant, i, state.reason));
  }
  if (!change.update.empty()) recorder_.record(std::move(change));
}

/// Those of another machine open no more, but their end is recorded like any other.
void GrantBook::expire_clones() {
  std::vector<GrantPortRef> ended;
  for (const auto& id : clone_held_) {
    const auto& record = held_.at(id);
    for (std::size_t i = 0; i < record.states.size(); ++i) {
      const bool over = record.grant.ports[i].end <= clock_.wall_now();
      if (over && record.states[i].status == Status::initiated) ended.push_back({id, i});
    }
  }
  end_expired(ended);
}

void GrantBook::confirm(const std::string& id) {
  if (clone_held_.erase(id) == 0) return;
  StoreChange change;
  change.settings = {{kHeldAsClone, held_setting()}};
  recorder_.record(std::move(change));
  settle_held();
}

void GrantBook::settle_held() {
  if (held_.empty() || !guard_.trusted(clock_)) return;
  expire_clones();
  std::vector<std::string> ids;
  for (const auto& [id, record] : held_) {
    if (!clone_held_.contains(id)) ids.push_back(id);
  }
  std::vector<AllowKey> keys;
  for (const auto& id : ids) {
    auto record = std::move(held_.extract(id).mapped());
    StoreChange change;
    for (std::size_t i = 0; i < record.states.size(); ++i) {
      if (record.states[i].status != Status::initiated) continue;
      record.states[i] = fresh_state(record.grant.ports[i]);
      change.update.push_back({id, i, record.states[i]});
    }
    change.audit.push_back(grant_event(clock_.wall_now(), "grant.restore", daemon_caller(), record.grant));
    recorder_.record(std::move(change));
    // One whose end has passed is added too, and ended as Expired in the same breath.
    std::ranges::move(make_live(std::move(record)), std::back_inserter(keys));
  }
  touch_(keys);
  end_expired(active_.advance(clock_.boot_now()).closed);
}

}  // namespace jitgate
