#include "platform/windows/wfp_dynamic.hpp"

#include <algorithm>

namespace jitgate::wfp {
namespace {

// Threads are woken at ticks of 15.6 ms: rather that much early than late.
constexpr Duration kEarly = std::chrono::milliseconds(20);
constexpr int kLooksPerStallLimit = 4;

Error refused(const Status& status) {
  return status.to_error();
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
  for (const auto& [key, held] : held_)
    if (held.grant && !wanted.contains(key)) remove.insert(key);
  return remove;
}

Result<void> DynamicFilters::change(const std::vector<TimedFilter>& put, const std::vector<Guid>& remove, bool only) {
  const std::lock_guard lock(mutex_);
  beat_ = std::chrono::steady_clock::now();
  if (!grants_) {
    auto opened = Engine::open(SessionKind::dynamic);
    if (!opened) return opened.error();
    grants_ = std::move(*opened);
  }
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
  if (!committed) close_grants();
  changed_.notify_all();
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
  due_.erase({held->second.until, key});
  held_.erase(held);
}

void DynamicFilters::note(const TimedFilter& timed) {
  forget(timed.filter.key);
  held_.emplace(timed.filter.key, Held{timed.until, timed.filter.verdict == Verdict::permit});
  due_.emplace(timed.until, timed.filter.key);
}

Result<void> DynamicFilters::raise_trial(const std::vector<Filter>& filters, BootTime until) {
  const std::lock_guard lock(mutex_);
  std::set<Guid> keys;
  for (const Filter& filter : filters) keys.insert(filter.key);
  lifts_at_ = until;
  changed_.notify_all();
  if (trial_ && keys == trial_keys_) return {};
  // Two sessions cannot hold the same keys, so the one before must go first: another lock on trial is a moment without.
  trial_.reset();
  trial_keys_.clear();
  auto opened = Engine::open(SessionKind::dynamic);
  if (!opened) return opened.error();
  {
    Engine::Transaction transaction(*opened);
    if (!transaction.begun().ok()) return refused(transaction.begun());
    for (const Filter& filter : filters)
      if (const Status added = opened->add(filter); !added.ok()) return refused(added);
    if (const Status committed = transaction.commit(); !committed.ok()) return refused(committed);
  }
  trial_keys_ = std::move(keys);
  trial_ = std::move(*opened);
  return {};
}

void DynamicFilters::lift_trial() {
  const std::lock_guard lock(mutex_);
  trial_.reset();
  trial_keys_.clear();
}

void DynamicFilters::close_grants() {
  grants_.reset();
  held_.clear();
  due_.clear();
}

void DynamicFilters::close() {
  const std::lock_guard lock(mutex_);
  close_grants();
  trial_.reset();
  trial_keys_.clear();
}

std::optional<BootTime> DynamicFilters::until(const Guid& key) {
  const std::lock_guard lock(mutex_);
  const auto held = held_.find(key);
  return held == held_.end() ? std::nullopt : std::optional(held->second.until);
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
  return held_.contains(key) || trial_keys_.contains(key);
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
    const auto lost = look_after(std::chrono::steady_clock::now());
    if (!lost) continue;
    close_grants();
    lock.unlock();
    options_.on_lost(*lost);
    lock.lock();
  }
}

/// Why the grants' session must end, if it must.
std::optional<std::string> DynamicFilters::look_after(std::chrono::steady_clock::time_point now) {
  // Not the event loop stood still but all of the process, or the machine.
  const bool slept = now - looked_ > options_.stall_limit;
  looked_ = now;
  if (slept) beat_ = now;
  if (trial_ && lifts_at_ - kEarly <= options_.clock.boot_now()) {
    trial_.reset();
    trial_keys_.clear();
  }
  if (!grants_) return std::nullopt;
  if (now - beat_ > options_.stall_limit) return "the event loop stood still: every grant was closed";
  if (auto failed = close_due()) return failed;
  if (const auto engine = grants_->has_sublayer(); !engine)
    return "the Base Filtering Engine does not answer: " + describe(engine.error());
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
  return "a grant could not be closed by itself, so all were: " + describe(closed.error());
}

}  // namespace jitgate::wfp
