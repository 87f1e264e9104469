#include "platform/windows/wfp_grant_session.hpp"

#include <algorithm>

namespace jitgate::wfp {

Result<void> GrantSession::open() {
  if (session_) return {};
  auto opened = Engine::open(SessionKind::dynamic);
  if (!opened) return opened.error();
  session_ = std::move(*opened);
  return {};
}

std::set<Guid> GrantSession::to_remove(const std::vector<Guid>& keys, const std::vector<TimedFilter>& put, bool only,
                                       BootTime now) const {
  std::set<Guid> remove;
  for (const Guid& key : keys)
    if (held_.contains(key)) remove.insert(key);
  for (const TimedFilter& timed : put)
    if (timed.until <= now && held_.contains(timed.filter.key)) remove.insert(timed.filter.key);
  if (!only) return remove;
  std::set<Guid> wanted;
  for (const TimedFilter& timed : put) wanted.insert(timed.filter.key);
  for (const auto& [key, until] : held_)
    if (!wanted.contains(key)) remove.insert(key);
  return remove;
}

Result<void> GrantSession::change(const std::vector<TimedFilter>& put, const std::vector<Guid>& remove, bool only,
                                  BootTime now) {
  // The last word about a key counts.
  std::map<Guid, const TimedFilter*> latest;
  for (const TimedFilter& timed : put) latest[timed.filter.key] = &timed;
  std::vector<TimedFilter> standing;
  for (const auto& [key, timed] : latest)
    if (timed->until > now) standing.push_back(*timed);
  auto gone = to_remove(remove, put, only, now);
  for (const TimedFilter& timed : standing) gone.erase(timed.filter.key);
  return commit(standing, gone);
}

Result<void> GrantSession::remove_due(BootTime now) {
  std::set<Guid> over;
  for (const auto& [until, key] : due_) {
    if (until > now) break;
    over.insert(key);
  }
  return over.empty() ? Result<void>() : commit({}, over);
}

Result<void> GrantSession::commit(const std::vector<TimedFilter>& put, const std::set<Guid>& remove) {
  const bool adds = std::ranges::any_of(put, [this](const auto& timed) { return !held_.contains(timed.filter.key); });
  if (adds || !remove.empty()) {
    Engine::Transaction transaction(*session_);
    if (!transaction.begun().ok()) return transaction.begun().to_error();
    for (const Guid& key : remove)
      if (const Status removed = session_->remove(key); !removed.ok()) return removed.to_error();
    for (const TimedFilter& timed : put) {
      if (held_.contains(timed.filter.key)) continue;
      if (const Status added = session_->add(timed.filter); !added.ok()) return added.to_error();
    }
    if (const Status committed = transaction.commit(); !committed.ok()) return committed.to_error();
  }
  for (const Guid& key : remove) forget(key);
  for (const TimedFilter& timed : put) note(timed);
  return {};
}

void GrantSession::forget(const Guid& key) {
  const auto held = held_.find(key);
  if (held == held_.end()) return;
  due_.erase({held->second, key});
  held_.erase(held);
}

void GrantSession::note(const TimedFilter& timed) {
  forget(timed.filter.key);
  held_.emplace(timed.filter.key, timed.until);
  due_.emplace(timed.until, timed.filter.key);
}

std::optional<Engine> GrantSession::take() {
  held_.clear();
  due_.clear();
  return std::exchange(session_, std::nullopt);
}

std::optional<BootTime> GrantSession::until(const Guid& key) const {
  const auto held = held_.find(key);
  return held == held_.end() ? std::nullopt : std::optional(held->second);
}

std::optional<BootTime> GrantSession::next_end() const {
  return due_.empty() ? std::nullopt : std::optional(due_.begin()->first);
}

}  // namespace jitgate::wfp
