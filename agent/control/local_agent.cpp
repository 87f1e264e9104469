#include "agent/control/local_agent.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "agent/authorize/authorize.hpp"
#include "agent/config/wanted_lock.hpp"
#include "agent/control/audit_events.hpp"
#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

constexpr Duration kFirstConnectionsRetry = std::chrono::milliseconds(100);
constexpr Duration kLongestConnectionsRetry = std::chrono::seconds(30);
constexpr Duration kForEver = std::chrono::days(36'500);

/// Keys that differ and cannot follow a reload: "api.socket, state.directory".
std::string needing_restart(const Config& a, const Config& b) {
  std::string keys;
  const auto compare = [&keys](const char* key, const auto& before, const auto& after) {
    if (before != after) keys += (keys.empty() ? "" : ", ") + std::string(key);
  };
  compare("host.id", a.host_id, b.host_id);
  compare("policy.authority", a.policy_authority, b.policy_authority);
  compare("enforcement.backend", a.backend, b.backend);
  compare("enforcement.ownTable", a.own_table, b.own_table);
  compare("enforcement.mark", a.mark_mask, b.mark_mask);
  compare("api.socket", a.socket, b.socket);
  compare("state.directory", a.state_directory, b.state_directory);
  compare("audit.journald", a.audit.journald, b.audit.journald);
  return keys;
}

}  // namespace

/// Some port of the lock was not locked before.
bool LocalAgent::opens_new_ports(const std::vector<TransportPort>& before, const std::vector<TransportPort>& after) {
  return !std::ranges::includes(before, after);
}

LocalAgent::LocalAgent(AgentParts parts, Config config)
    : parts_(std::move(parts)),
      config_(std::move(config)),
      guard_(std::nullopt, config_.clock_wait),
      keeper_(parts_.tracker, active_, parts_.clock),
      recorder_(parts_.executor, parts_.store, parts_.clock,
                {[this] { return highest_seen(); }, [this] { rearm(); }, [this] { return parts_.backend.generation(); },
                 [this] { return audit_retention(); }, [this] { return guard_.trusted(parts_.clock); }}),
      activation_(config_.state_directory, parts_.runtime_directory, parts_.clock, parts_.boot_directory),
      enforcement_(parts_.executor, parts_.backend, keeper_, active_, parts_.clock,
                   {[this] { return activation_.wanted(); }, [this] { rearm(); }}),
      book_(active_, keeper_, recorder_, guard_, parts_.clock,
            [this](const std::vector<AllowKey>& keys) { enforcement_.touch(keys); }),
      sources_(parts_.executor, config_, book_, recorder_, parts_.store, parts_.clock, desk_hooks()),
      unrecorded_endings_(parts_.runtime_directory),
      repeated_(parts_.executor, parts_.clock),
      rates_(config_.limits.requests_per_minute, config_.limits.request_burst),
      kept_lock_(config_.state_directory, parts_.boot_directory) {
  keeper_.use(config_.policy);
  book_.keep_closed([this](const GrantRecord& record, std::size_t port) { return kept_closed(record, port); });
}

/// It lives on, and is not open for as long as this holds.
bool LocalAgent::kept_closed(const GrantRecord& record, std::size_t port) const {
  if (policy_problem_ && !allowed(record, port)) return true;
  if (next_policy_ && !allowed_by(*next_policy_, record, port)) return true;
  return sources_.kept_closed(record.grant.id);
}

SourceDesk::Hooks LocalAgent::desk_hooks() {
  SourceDesk::Hooks hooks;
  hooks.loaded = [this]() -> Result<void> {
    if (!loaded_) return not_loaded();
    // Neither signatures nor ends can be judged by it, and what is stored must not end for that.
    if (guard_.behind(now())) return error(errc::unavailable, "the clock is earlier than was once seen");
    return {};
  };
  hooks.can_open = [this] { return can_open(); };
  hooks.judge = [this](const Grant& grant) {
    auto allowed = judge(grant);
    if (allowed) allowed = check_second_person(grant, config_.policy);
    if (allowed && next_policy_) allowed = check_second_person(grant, *next_policy_);
    return allowed;
  };
  hooks.opened = [this](const GrantRecord& record) { activity_.add(record); };
  hooks.unrecorded = [this](const std::string& id) {
    if (const auto noted = unrecorded_endings_.add(id); !noted)
      spdlog::error("a restart would open the ended grant {} again: {}", id, describe(noted.error()));
  };
  hooks.refused = [this](const Error& why, bool recorded) {
    refusals_.add(why);
    if (!recorded) refusals_.add_unrecorded();
  };
  hooks.set_policy = [this](std::string source, std::vector<PolicyPort> ports) {
    return follow_source_policy(std::move(source), std::move(ports));
  };
  hooks.rearm = [this] { rearm(); };
  return hooks;
}

void LocalAgent::watch_connections() {
  keeper_.watch([this](Result<void> mended) {
    note_connections(mended);
    rearm();
  });
}

void LocalAgent::note_connections(const Result<void>& looked_after) {
  if (looked_after) {
    connections_problem_.reset();
    connections_at_.reset();
    connections_backoff_ = {};
    return;
  }
  connections_problem_ = describe(looked_after.error());
  spdlog::error("established connections could not be looked after, trying again: {}", *connections_problem_);
  // In step with the firewall's own retries, and before them: what is established is known before the lock rises.
  connections_backoff_ = std::clamp(connections_backoff_ * 2, kFirstConnectionsRetry, kLongestConnectionsRetry);
  connections_at_ = parts_.clock.boot_now() + connections_backoff_;
}

bool LocalAgent::allowed_by(const Policy& policy, const GrantRecord& record, std::size_t port) {
  const auto& opening = record.grant.ports[port];
  if (record.source == kUnlockSource) return policy.find(opening.number, opening.protocol) != nullptr;
  return still_allowed(policy, record.grant, opening);
}

Result<void> LocalAgent::judge(const Grant& grant) const {
  auto allowed = authorize(config_.policy, host(), grant, now());
  if (allowed && next_policy_) allowed = authorize(*next_policy_, host(), grant, now());
  return allowed;
}

/// For the store. Nothing before the grants of earlier runs are known: what was remembered then must not be lost.
std::optional<WallTime> LocalAgent::highest_seen() {
  if (!loaded_) return std::nullopt;
  guard_.observe(parts_.clock);
  return guard_.highest();
}

Lock LocalAgent::lock() const {
  Lock lock = wanted_lock(config_);
  for (const auto& port : also_locked_) {
    for (const Transport transport : transports(port.protocol)) lock.ports.push_back({transport, port.number});
  }
  std::ranges::sort(lock.ports);
  const auto [first, last] = std::ranges::unique(lock.ports);
  lock.ports.erase(first, last);
  if (!activation_.enabled()) lock.lifts_at = activation_.trial_ends();
  return lock;
}

void LocalAgent::raise(bool over_open_ports) {
  note_connections(enforcement_.raise(lock(), over_open_ports));
  note_tracking_capacity();
  if (over_open_ports && loaded_) record_existing();
}

void LocalAgent::lower() {
  enforcement_.remove();
  note_connections({});
}

void LocalAgent::wake() {
  const auto woken = parts_.clock.boot_now();
  if (load_at_ && *load_at_ <= woken) load_store();
  if (connections_at_ && *connections_at_ <= woken) {
    note_connections(enforcement_.look_after_connections());
    if (loaded_) record_existing();
  }
  // Before grants that waited for the clock open: their source may have been silent for too long.
  sources_.advance();
  book_.advance();
  judge_pending();
  enforcement_.advance();
  recorder_.advance();
  if (upkeep_at_ && *upkeep_at_ <= woken) keep_up();
  follow_activation({});
  rearm();
}

/// Old audit records go on a host where nothing happens, too: every change that is written makes the store look.
void LocalAgent::keep_up() {
  upkeep_at_ = parts_.clock.boot_now() + kUpkeep;
  recorder_.record({});
}

/// Nothing is too old for a clock that cannot be believed.
std::optional<AuditRetention> LocalAgent::audit_retention() {
  auto kept = config_.audit.retention;
  if (!guard_.trusted(parts_.clock)) kept.age = kForEver;
  return kept;
}

void LocalAgent::clock_set() {
  spdlog::info("the wall clock was set, or the machine resumed: computing every deadline anew");
  sources_.advance();
  book_.retime();
  judge_pending();
  // The kernel's timer of a trial stood still while the machine was suspended.
  if (activation_.trial_runs() && activation_.wanted()) raise(false);
  follow_activation({});
  rearm();
}

/// Locks go and come by themselves: a trial is over, a release (`jitgated --release`) began or ended.
void LocalAgent::follow_activation(const std::string& reason) {
  const bool trial_over = activation_.end_trial();
  const bool release_changed = activation_.release_changed();
  if (!trial_over && !release_changed) return;
  if (trial_over) record_event(event(now(), "lock.trialEnd", daemon_caller(), "not confirmed: the locks are gone"));
  if (activation_.wanted()) {
    raise(true);
    record_event(event(now(), "lock.enable", daemon_caller(), "the release has ended"));
    sources_.resync();
    return;
  }
  lower();
  if (release_changed && activation_.released_until())
    record_event(event(now(), "lock.release", daemon_caller(), std::string{}, reason));
}

void LocalAgent::on_drift(const std::string& reason) {
  if (activation_.wanted()) record_event(event(now(), "firewall.repair", daemon_caller(), std::string{}, reason));
  follow_activation(reason);
  rearm();
}

void LocalAgent::rearm() {
  std::optional<BootTime> next;
  for (const auto time :
       {book_.next_event(), sources_.next_event(), enforcement_.next_event(), activation_.next_event(),
        recorder_.next_event(), next_pending_end(), load_at_, connections_at_, upkeep_at_}) {
    if (time && (!next || *time < *next)) next = time;
  }
  parts_.time_events.wake_at(next);
}

void LocalAgent::record_event(AuditEvent happened) {
  StoreChange change;
  change.audit.push_back(std::move(happened));
  recorder_.record(std::move(change));
}

Result<void> LocalAgent::reload(Config config) {
  if (const auto keys = needing_restart(config_, config); !keys.empty())
    return error(errc::not_supported, "it differs in what changes at a restart only: " + keys);
  const auto before = config_;
  if (config.policy_authority != PolicyAuthority::file) config.policy.ports = config_.policy.ports;
  config_ = std::move(config);
  config_.policy.ports = with_minimum(std::move(config_.policy.ports));
  // What is locked until the policy is known, or while it changes, stays so.
  const bool settled = loaded_ && !policy_problem_ && !next_policy_;
  also_locked_ = all_of(settled ? std::vector<LockedPort>{} : std::move(also_locked_), uncovered_minimum());
  guard_.set_wait(config_.clock_wait);
  rates_.set(config_.limits.requests_per_minute, config_.limits.request_burst);
  keeper_.use(with_all_locked());
  for (const auto& ref : book_.live_ports()) {
    const bool allows = policy_problem_ || allowed(*book_.find(ref.grant_id), ref.port);
    if (!allows || sources_.abandoned(ref.grant_id))
      book_.end(ref, StatusReason::policy_changed, daemon_caller(), "grant.revoke");
  }
  judge_pending();
  const bool lock_changed = before.policy != config_.policy || before.deny != config_.deny ||
                            before.existing_rules != config_.existing_rules || before.forwarded != config_.forwarded;
  if (lock_changed && activation_.wanted())
    raise(opens_new_ports(before.policy.locked_ports(), config_.policy.locked_ports()));
  follow_policy();
  watch_connections();
  record_event(event(now(), "policy.change", daemon_caller(), std::to_string(config_.policy.ports.size()) + " ports",
                     "configuration file"));
  sources_.configured();
  sources_.resync();
  rearm();
  return {};
}

boost::asio::awaitable<Result<AuditPage>> LocalAgent::audit(AuditQuery query) {
  co_return co_await parts_.store.audit(std::move(query));
}

/// What a caller noted may be mistyped, so that a difference from it says nothing about the chain; nor does a store
/// that cannot be read.
boost::asio::awaitable<Result<AuditSpan>> LocalAgent::verify_audit(std::optional<AuditHead> noted) {
  auto verified = co_await parts_.store.verify_audit(noted);
  const bool broken = !verified && !noted && verified.error().target.starts_with("audit[");
  if (verified || broken) audit_intact_ = !broken;
  co_return verified;
}

void LocalAgent::note_service_problem(const std::string& key, std::optional<std::string> problem) {
  service_problems_.erase(key);
  if (problem) service_problems_.emplace(key, std::move(*problem));
}

}  // namespace jitgate
