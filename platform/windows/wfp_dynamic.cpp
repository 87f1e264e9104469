#include "platform/windows/wfp_dynamic.hpp"

#include <spdlog/spdlog.h>
#include <windows.h>

#include <algorithm>
#include <utility>

namespace jitgate::wfp {
namespace {

// Threads are woken at ticks of 15.6 ms: rather that much early than late.
constexpr Duration kEarly = std::chrono::milliseconds(20);
constexpr int kLooksPerStallLimit = 4;
constexpr std::chrono::seconds kPatience(1);

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

/// What ends before it is over.
BootTime DynamicFilters::horizon() const {
  return options_.clock.boot_now() + kEarly;
}

/// Its keys are taken until then. The engine may take longer than the event loop can wait.
Result<void> DynamicFilters::await_closing(std::unique_lock<std::mutex>& lock) {
  if (changed_.wait_for(lock, kPatience, [this] { return !closing_; })) return {};
  return error(errc::unavailable, "the session before is still being closed", "change filters");
}

Result<void> DynamicFilters::change(const std::vector<TimedFilter>& put, const std::vector<Guid>& remove, bool only) {
  std::unique_lock lock(mutex_);
  beat_ = std::chrono::steady_clock::now();
  if (const auto closed = await_closing(lock); !closed) return closed.error();
  if (const auto opened = grants_.open(); !opened) return opened.error();
  const auto changed = grants_.change(put, remove, only, horizon());
  auto failed = changed ? std::nullopt : grants_.take();
  changed_.notify_all();
  lock.unlock();
  end(std::move(failed));
  return changed;
}

Result<std::vector<Filter>> DynamicFilters::raise_trial(const std::vector<Filter>& filters, BootTime until) {
  std::unique_lock lock(mutex_);
  if (const auto closed = await_closing(lock); !closed) return closed.error();
  if (trial_.stands_with(filters)) {
    trial_.lift_at(until);
    changed_.notify_all();
    return trial_.raised();
  }
  lock.unlock();
  auto next = TrialSession::raise(filters, ++trials_, until);
  if (!next) return next.error();
  auto raised = next->raised();
  lock.lock();
  auto before = trial_.take();
  trial_ = std::move(*next);
  changed_.notify_all();
  lock.unlock();
  end(std::move(before));
  return raised;
}

void DynamicFilters::lift_trial() {
  std::unique_lock lock(mutex_);
  auto trial = trial_.take();
  lock.unlock();
  end(std::move(trial));
}

void DynamicFilters::close() {
  std::unique_lock lock(mutex_);
  auto grants = grants_.take();
  auto trial = trial_.take();
  lock.unlock();
  end(std::move(grants));
  end(std::move(trial));
}

std::optional<BootTime> DynamicFilters::until(const Guid& key) {
  const std::lock_guard lock(mutex_);
  return grants_.until(key);
}

bool DynamicFilters::stands() {
  const std::lock_guard lock(mutex_);
  return grants_.stands();
}

bool DynamicFilters::on_trial() {
  const std::lock_guard lock(mutex_);
  return trial_.stands();
}

bool DynamicFilters::holds(const Guid& key) {
  const std::lock_guard lock(mutex_);
  return grants_.until(key).has_value();
}

bool DynamicFilters::holds_on_trial(const Guid& key) {
  const std::lock_guard lock(mutex_);
  return trial_.holds(key);
}

void DynamicFilters::beat() {
  const std::lock_guard lock(mutex_);
  beat_ = std::chrono::steady_clock::now();
}

std::chrono::nanoseconds DynamicFilters::pause() const {
  std::chrono::nanoseconds longest = options_.stall_limit / kLooksPerStallLimit;
  const BootTime reached = horizon();
  if (const auto next = grants_.next_end()) longest = std::min(longest, *next - reached);
  if (trial_.stands()) longest = std::min(longest, trial_.until() - reached);
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
    changed_.notify_all();
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
    if (auto grants = grants_.take()) findings.over.push_back(std::move(*grants));
  }
  return findings;
}

void DynamicFilters::look_after_trial(Findings& findings) {
  if (!trial_.stands()) return;
  const bool over = trial_.until() <= horizon();
  const Status probed = over ? Status(0, "") : trial_.probe();
  if (!over && !probed.session_lost()) return;
  if (!over) findings.lost = "the lock on trial ended with the Base Filtering Engine: " + describe(probed.to_error());
  if (auto trial = trial_.take()) findings.over.push_back(std::move(*trial));
}

/// An engine that does not answer in time, because somebody's transaction lasts, is none that is lost.
std::optional<std::string> DynamicFilters::why_grants_end(std::chrono::steady_clock::time_point now) {
  if (!grants_.stands()) return std::nullopt;
  if (now - beat_ > options_.stall_limit) return "the event loop stood still: every grant was closed";
  if (const auto removed = grants_.remove_due(horizon()); !removed)
    return "a filter could not be removed on time, so all of its session were: " + describe(removed.error());
  const Status probed = grants_.probe();
  if (probed.session_lost()) return "the Base Filtering Engine has ended the session: " + describe(probed.to_error());
  return std::nullopt;
}

}  // namespace jitgate::wfp
