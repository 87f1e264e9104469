#include "platform/windows/wfp_dynamic.hpp"

#include <spdlog/spdlog.h>
#include <windows.h>

#include <algorithm>

namespace jitgate::wfp {
namespace {

// Threads are woken at ticks of 15.6 ms: rather that much early than late.
constexpr Duration kEarly = std::chrono::milliseconds(20);
constexpr int kLooksPerStallLimit = 4;

Error refused(const Status& status) {
  return status.to_error();
}

/// Not with the lock of the object: nobody says how long the engine takes.
void end(std::optional<Engine> session) {
  if (!session) return;
  const Status closed = session->close();
  if (closed.ok() || closed.session_lost()) return;
  // What it holds open would stay open; the engine ends it with the process.
  spdlog::critical("filters that are over cannot be removed, so the process ends: {}", describe(closed.to_error()));
  spdlog::default_logger()->flush();
  ::TerminateProcess(::GetCurrentProcess(), 1);
}

}  // namespace

DynamicFilters::DynamicFilters(Options options)
    : options_(std::move(options)),
      beat_(std::chrono::steady_clock::now()),
      looked_(beat_),
      thread_([this] { run(); }) {}

DynamicFilters::~DynamicFilters() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::set<Guid> DynamicFilters::to_remove(const std::vector<Guid>& keys, const std::vector<TimedFilter>& put,
                                         bool only) const {
  std::set<Guid> remove;
  for (const Guid& key : keys)
    if (held_.contains(key)) remove.insert(key);
  const BootTime now = options_.clock.boot_now();
  for (const TimedFilter& timed : put)
    if (timed.until - kEarly <= now && held_.contains(timed.filter.key)) remove.insert(timed.filter.key);
  if (!only) return remove;
  std::set<Guid> wanted;
  for (const TimedFilter& timed : put) wanted.insert(timed.filter.key);
  for (const auto& [key, until] : held_)
    if (!wanted.contains(key)) remove.insert(key);
  return remove;
}

Result<void> DynamicFilters::open_grants() {
  if (closing_) return error(errc::unavailable, "the session before is being closed", "change filters");
  if (grants_) return {};
  auto opened = Engine::open(SessionKind::dynamic);
  if (!opened) return opened.error();
  grants_ = std::move(*opened);
  return {};
}

Result<void> DynamicFilters::change(const std::vector<TimedFilter>& put, const std::vector<Guid>& remove, bool only) {
  std::unique_lock lock(mutex_);
  beat_ = std::chrono::steady_clock::now();
  if (const auto opened = open_grants(); !opened) return opened.error();
  // The last word about a key counts.
  std::map<Guid, const TimedFilter*> latest;
  const BootTime now = options_.clock.boot_now();
  for (const TimedFilter& timed : put) latest[timed.filter.key] = &timed;
  std::vector<TimedFilter> standing;
  for (const auto& [key, timed] : latest)
    if (timed->until - kEarly > now) standing.push_back(*timed);
  auto gone = to_remove(remove, put, only);
  for (const TimedFilter& timed : standing) gone.erase(timed.filter.key);
  const auto committed = commit(standing, gone);
  auto failed = committed ? std::nullopt : take_grants();
  changed_.notify_all();
  lock.unlock();
  end(std::move(failed));
  return committed;
}

Result<void> DynamicFilters::commit(const std::vector<TimedFilter>& put, const std::set<Guid>& remove) {
  const bool adds = std::ranges::any_of(put, [this](const auto& timed) { return !held_.contains(timed.filter.key); });
  if (adds || !remove.empty()) {
    Engine::Transaction transaction(*grants_);
    if (!transaction.begun().ok()) return refused(transaction.begun());
    for (const Guid& key : remove)
      if (const Status removed = grants_->remove(key); !removed.ok()) return refused(removed);
    for (const TimedFilter& timed : put) {
      if (held_.contains(timed.filter.key)) continue;
      if (const Status added = grants_->add(timed.filter); !added.ok()) return refused(added);
    }
    if (const Status committed = transaction.commit(); !committed.ok()) return refused(committed);
  }
  for (const Guid& key : remove) forget(key);
  for (const TimedFilter& timed : put) note(timed);
  return {};
}

void DynamicFilters::forget(const Guid& key) {
  const auto held = held_.find(key);
  if (held == held_.end()) return;
  due_.erase({held->second, key});
  held_.erase(held);
}

void DynamicFilters::note(const TimedFilter& timed) {
  forget(timed.filter.key);
  held_.emplace(timed.filter.key, timed.until);
  due_.emplace(timed.until, timed.filter.key);
}

Result<void> DynamicFilters::raise_trial(const std::vector<Filter>& filters, BootTime until) {
  std::set<Guid> keys;
  for (const Filter& filter : filters) keys.insert(filter.key);
  std::unique_lock lock(mutex_);
  if (closing_) return error(errc::unavailable, "the session before is being closed", "lock on trial");
  lifts_at_ = until;
  changed_.notify_all();
  if (trial_stands(keys)) return {};
  // Two sessions cannot hold the same keys, so the one before must go first: another lock on trial is a moment without.
  auto before = take_trial();
  lock.unlock();
  end(std::move(before));
  auto opened = Engine::open(SessionKind::dynamic);
  if (!opened) return opened.error();
  {
    Engine::Transaction transaction(*opened);
    if (!transaction.begun().ok()) return refused(transaction.begun());
    for (const Filter& filter : filters)
      if (const Status added = opened->add(filter); !added.ok()) return refused(added);
    if (const Status committed = transaction.commit(); !committed.ok()) return refused(committed);
  }
  lock.lock();
  trial_keys_ = std::move(keys);
  trial_ = std::move(*opened);
  return {};
}

/// As far as the engine knows: it may have been restarted since.
bool DynamicFilters::trial_stands(const std::set<Guid>& keys) {
  if (!trial_ || keys != trial_keys_) return false;
  return std::ranges::all_of(keys, [this](const Guid& key) {
    const auto held = trial_->holds(key);
    return held && *held;
  });
}

std::optional<Engine> DynamicFilters::take_grants() {
  held_.clear();
  due_.clear();
  return std::exchange(grants_, std::nullopt);
}

std::optional<Engine> DynamicFilters::take_trial() {
  trial_keys_.clear();
  return std::exchange(trial_, std::nullopt);
}

void DynamicFilters::lift_trial() {
  std::unique_lock lock(mutex_);
  auto trial = take_trial();
  lock.unlock();
  end(std::move(trial));
}

void DynamicFilters::close() {
  std::unique_lock lock(mutex_);
  auto grants = take_grants();
  auto trial = take_trial();
  lock.unlock();
  end(std::move(grants));
  end(std::move(trial));
}

std::optional<BootTime> DynamicFilters::until(const Guid& key) {
  const std::lock_guard lock(mutex_);
  const auto held = held_.find(key);
  return held == held_.end() ? std::nullopt : std::optional(held->second);
}

bool DynamicFilters::stands() {
  const std::lock_guard lock(mutex_);
  return grants_.has_value();
}

bool DynamicFilters::on_trial() {
  const std::lock_guard lock(mutex_);
  return trial_.has_value();
}

bool DynamicFilters::holds(const Guid& key) {
  const std::lock_guard lock(mutex_);
  return held_.contains(key);
}

bool DynamicFilters::holds_on_trial(const Guid& key) {
  const std::lock_guard lock(mutex_);
  return trial_keys_.contains(key);
}

void DynamicFilters::beat() {
  const std::lock_guard lock(mutex_);
  beat_ = std::chrono::steady_clock::now();
}

std::chrono::nanoseconds DynamicFilters::pause() const {
  std::chrono::nanoseconds longest = options_.stall_limit / kLooksPerStallLimit;
  const BootTime now = options_.clock.boot_now();
  if (!due_.empty()) longest = std::min(longest, due_.begin()->first - kEarly - now);
  if (trial_) longest = std::min(longest, lifts_at_ - kEarly - now);
  return std::max(longest, std::chrono::nanoseconds(0));
}

void DynamicFilters::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait_for(lock, pause());
    if (stopping_) return;
    Findings findings = look_after(std::chrono::steady_clock::now());
    if (!findings.lost && findings.over.empty()) continue;
    closing_ = true;
    lock.unlock();
    for (Engine& session : findings.over) end(std::move(session));
    lock.lock();
    closing_ = false;
    if (!findings.lost) continue;
    lock.unlock();
    options_.on_lost(*findings.lost);
    lock.lock();
  }
}

DynamicFilters::Findings DynamicFilters::look_after(std::chrono::steady_clock::time_point now) {
  // Not the event loop stood still but all of the process, or the machine.
  const bool slept = now - looked_ > options_.stall_limit;
  looked_ = now;
  if (slept) beat_ = now;
  Findings findings;
  look_after_trial(findings);
  if (auto why = why_grants_end(now)) {
    findings.lost = std::move(why);
    if (auto grants = take_grants()) findings.over.push_back(std::move(*grants));
  }
  return findings;
}

void DynamicFilters::look_after_trial(Findings& findings) {
  if (!trial_) return;
  const bool over = lifts_at_ - kEarly <= options_.clock.boot_now();
  const Status probed = over ? Status(0, "") : trial_->probe();
  if (!over && !probed.session_lost()) return;
  if (!over) findings.lost = "the lock on trial ended with the Base Filtering Engine: " + describe(probed.to_error());
  if (auto trial = take_trial()) findings.over.push_back(std::move(*trial));
}

/// An engine that does not answer in time, because somebody's transaction lasts, is none that is lost.
std::optional<std::string> DynamicFilters::why_grants_end(std::chrono::steady_clock::time_point now) {
  if (!grants_) return std::nullopt;
  if (options_.ends_when_stalled && now - beat_ > options_.stall_limit)
    return "the event loop stood still: every grant was closed";
  if (auto failed = close_due()) return failed;
  const Status probed = grants_->probe();
  if (probed.session_lost()) return "the Base Filtering Engine has ended the session: " + describe(probed.to_error());
  return std::nullopt;
}

std::optional<std::string> DynamicFilters::close_due() {
  const BootTime now = options_.clock.boot_now();
  std::set<Guid> over;
  for (const auto& [until, key] : due_) {
    if (until - kEarly > now) break;
    over.insert(key);
  }
  if (over.empty()) return std::nullopt;
  const auto closed = commit({}, over);
  if (closed) return std::nullopt;
  return "a filter could not be removed on time, so all of its session were: " + describe(closed.error());
}

}  // namespace jitgate::wfp
