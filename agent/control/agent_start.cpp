// How the agent comes up: locks first, then what the store held.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "agent/control/audit_events.hpp"
#include "agent/control/local_agent.hpp"
#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

constexpr const char* kExistingConnections = "existingConnections";
constexpr Duration kFirstLoadRetry = std::chrono::seconds(1);
constexpr Duration kLongestLoadRetry = std::chrono::seconds(60);

}  // namespace

void LocalAgent::start() {
  const auto observed = parts_.backend.read();
  const bool standing = observed && observed->present;
  const auto locked = standing ? observed->locked : std::vector<TransportPort>{};
  activation_.align_copy();
  keep_locked(locked);
  const bool over_open_ports = opens_new_ports(locked, lock().ports);
  if (!activation_.wanted()) {
    lower();
  } else if (!standing || over_open_ports) {
    // Something is open that must not be: the lock comes before the store, however long that takes.
    raise(over_open_ports);
  }
  // Before deadlines are made of what is read: the clock may be set meanwhile.
  parts_.time_events.watch([this] { wake(); }, [this] { clock_set(); });
  load_store();
  // A table that stood all along is replaced once, by one that holds the restored grants too.
  if (activation_.wanted() && !enforcement_.raised()) raise(opens_new_ports(locked, lock().ports));
  enforcement_.on_drift([this](const std::string& reason) { on_drift(reason); });
  enforcement_.watch();
  watch_connections();
  upkeep_at_ = parts_.clock.boot_now() + kUpkeep;
  record_event(event(now(), "agent.start", daemon_caller(), activation_.wanted() ? "locks up" : "locks down"));
  rearm();
}

void LocalAgent::load_store() {
  StagedGrants staged(parts_.clock, opened_before_load_.empty() && unrecorded_endings_.empty());
  auto stored = parts_.store.load([&staged](std::vector<GrantRecord> portion) { staged.take(std::move(portion)); });
  if (stored) {
    load_problem_.reset();
    load_at_.reset();
    restore(std::move(*stored), std::move(staged));
    // Reading it all takes as long as the grants do, which come first.
    return boost::asio::co_spawn(
        parts_.executor,
        [this]() -> boost::asio::awaitable<void> {
          (void)co_await kernel_has_followed();
          load_activity();
        },
        boost::asio::detached);
  }
  if (!load_problem_) spdlog::error("grants could not be restored, trying again: {}", describe(stored.error()));
  load_problem_ = stored.error();
  load_backoff_ = std::clamp(load_backoff_ * 2, kFirstLoadRetry, kLongestLoadRetry);
  load_at_ = parts_.clock.boot_now() + load_backoff_;
}

void LocalAgent::restore(StoredState stored, StagedGrants staged) {
  loaded_ = true;
  damaged_ = stored.damaged;
  for (const auto& damaged : damaged_) spdlog::error("a stored grant cannot be read and stays closed: {}", damaged);
  if (const auto found = stored.settings.find(Recorder::kHighestWallTime); found != stored.settings.end()) {
    if (const auto highest = parse_timestamp(found->second)) guard_.note(*highest);
  }
  if (const auto found = stored.settings.find(kExistingConnections); found != stored.settings.end()) {
    keeper_.restore_existing(found->second);
  }
  if (const auto found = stored.settings.find(Acknowledgements::kSetting); found != stored.settings.end()) {
    acknowledged_ = Acknowledgements::parse(found->second);
  }
  adopt_policy(stored.settings);
  follow_policy();
  auto& single = staged.others();
  restore_pending(single);
  // Of an unlock that came before the store could be read, memory knows more than the store.
  std::erase_if(single, [this](const GrantRecord& record) { return opened_before_load_.contains(record.grant.id); });
  std::set<std::string> live;
  for (const GrantRecord& record : single) {
    if (unrecorded_endings_.contains(record.grant.id)) live.insert(record.grant.id);
  }
  unrecorded_endings_.keep_only(live);
  sources_.restore(stored);
  book_.restore(stored, std::move(staged), parts_.fingerprint,
                [this](const GrantRecord& record, std::size_t port) { return ended_meanwhile(record, port); });
  judge_pending();
  sources_.resync();
  if (enforcement_.raised()) record_existing();
}

/// What was granted before now; what is granted from now on is added as it opens.
void LocalAgent::load_activity() {
  const auto used = parts_.store.port_use(now() - PortActivity::kPeriod);
  if (!used) return spdlog::error("what was granted lately could not be read: {}", describe(used.error()));
  // What opened since the start is among it.
  activity_ = {};
  for (const auto& one : *used) activity_.add(one);
}

std::optional<StatusReason> LocalAgent::ended_meanwhile(const GrantRecord& record, std::size_t port) const {
  if (unrecorded_endings_.contains(record.grant.id)) return StatusReason::user_requested;
  const bool stays = (policy_problem_ || allowed(record, port)) && !sources_.abandoned(record.grant.id);
  return stays ? std::nullopt : std::optional(StatusReason::policy_changed);
}

/// Sockets are told from those of a grant after a restart too.
void LocalAgent::record_existing() {
  if (!keeper_.available()) return;
  StoreChange existing;
  existing.settings[kExistingConnections] = keeper_.remember_existing();
  recorder_.record(std::move(existing));
}

}  // namespace jitgate
