#include "agent/reconcile/reconciler.hpp"

#include <algorithm>
#include <utility>

namespace jitgate {
namespace {

constexpr Duration kFirstBackoff = std::chrono::milliseconds(100);
constexpr Duration kLongestBackoff = std::chrono::seconds(30);

}  // namespace

void Reconciler::want_lock(Lock lock) {
  lock_ = std::move(lock);
  rebuild_ = true;
  state_ = State::syncing;
}

void Reconciler::want_nothing() {
  lock_.reset();
  rebuild_ = true;
  state_ = State::syncing;
}

void Reconciler::touch(const std::vector<AllowKey>& keys) {
  for (const auto& key : keys) queue_first(key);
  if (!keys.empty()) closes_refused_ = false;
  if (!keys.empty() && state_ != State::awaiting) state_ = State::syncing;
}

void Reconciler::foreign_change() {
  ++drift_;
  rebuild_ = true;
  stands_ = false;
  // A waiting retry must not hold up the mending of a hole.
  if (state_ != State::awaiting) state_ = State::syncing;
}

std::optional<FirewallTransaction> Reconciler::next(BootTime now) {
  if (state_ == State::awaiting || state_ == State::synced) return std::nullopt;
  if (state_ == State::backoff && now < retry_at_) return std::nullopt;
  state_ = State::syncing;
  if (rebuild_) {
    if (auto closes = closes_meanwhile(now)) return closes;
    return rebuild(now);
  }
  // Nothing stands, so there is nothing to change: what is desired is read when a lock comes.
  if (!lock_) clear_queue();
  if (queue_.empty()) {
    state_ = State::synced;
    return std::nullopt;
  }
  return changes(now);
}

FirewallTransaction Reconciler::rebuild(BootTime now) {
  sent_ = Sent::rebuild;
  rebuild_ = false;
  if (!lock_) {
    clear_queue();
    return RemoveTable{};
  }
  // What was touched last is still first.
  queue_all();
  ReplaceTable transaction{*lock_, {}};
  const auto room = lock_alone_ ? 0 : kMaxEntriesPerTransaction;
  while (transaction.entries.size() < room) {
    const auto key = pop();
    if (!key) break;
    if (const auto until = open_after(*key, now)) transaction.entries.push_back({*key, *until});
  }
  return transaction;
}

FirewallTransaction Reconciler::changes(BootTime now) {
  sent_ = Sent::change;
  ChangeEntries transaction;
  while (transaction.put.size() + transaction.close.size() < at_most_) {
    const auto key = pop();
    if (!key) break;
    if (const auto until = open_after(*key, now)) {
      transaction.put.push_back({*key, *until});
    } else {
      transaction.close.push_back(*key);
    }
  }
  return transaction;
}

/// A rebuild may be refused for as long as the configuration stays; a revocation does not wait for that. There is no
/// close beside what the rebuild will do, so nothing is lost when both are sent.
std::optional<FirewallTransaction> Reconciler::closes_meanwhile(BootTime now) {
  if (!lock_alone_ || !stands_ || closes_refused_) return std::nullopt;
  ChangeEntries transaction;
  for (auto key = queue_.begin(); key != queue_.end() && transaction.close.size() < kMaxEntriesPerTransaction; ++key) {
    if (!open_after(*key, now)) transaction.close.push_back(*key);
  }
  if (transaction.close.empty()) return std::nullopt;
  for (const AllowKey& key : transaction.close) {
    const auto found = queued_.find(key);
    queue_.erase(found->second);
    queued_.erase(found);
  }
  in_flight_ = transaction.close;
  sent_ = Sent::closes;
  return transaction;
}

void Reconciler::succeeded() {
  in_flight_.clear();
  // The rebuild is as refused as before.
  if (sent_ == Sent::closes) return;
  if (sent_ == Sent::rebuild) stands_ = lock_.has_value() && !rebuild_;
  lock_alone_ = false;
  closes_refused_ = false;
  at_most_ = std::min(at_most_ * 2, kMaxEntriesPerTransaction);
  last_error_.reset();
  backoff_ = {};
  if (queue_.empty() && !rebuild_) state_ = State::synced;
}

void Reconciler::failed(const Error& why, BootTime now) {
  const auto lost = std::exchange(in_flight_, {});
  if (sent_ == Sent::rebuild) {
    // Nobody's entry may keep the lock down: it goes up by itself, and then they follow.
    rebuild_ = true;
    lock_alone_ = true;
  } else if (sent_ == Sent::change) {
    at_most_ = std::max<std::size_t>(1, lost.size() / 2);
  }
  closes_refused_ = sent_ == Sent::closes;
  // One that was refused by itself lets the others pass.
  if (lost.size() == 1)
    queue_last(lost.front());
  else
    std::for_each(lost.rbegin(), lost.rend(), [this](const AllowKey& key) { queue_first(key); });
  back_off(why, now);
}

void Reconciler::back_off(const Error& why, BootTime now) {
  last_error_ = why;
  backoff_ = std::clamp(backoff_ * 2, kFirstBackoff, kLongestBackoff);
  retry_at_ = now + backoff_;
  state_ = State::backoff;
}

std::optional<AllowKey> Reconciler::pop() {
  if (queue_.empty()) return std::nullopt;
  auto key = queue_.front();
  queued_.erase(key);
  queue_.pop_front();
  in_flight_.push_back(key);
  return key;
}

/// Until when the key is to be open; nullopt also when that has just passed: a deadline that is over cannot be written
/// down.
std::optional<BootTime> Reconciler::open_after(const AllowKey& key, BootTime now) const {
  const auto until = desired_.open_until(key);
  return until && *until > now ? until : std::nullopt;
}

void Reconciler::queue_first(const AllowKey& key) {
  const auto found = queued_.find(key);
  if (found != queued_.end()) return queue_.splice(queue_.begin(), queue_, found->second);
  queue_.push_front(key);
  queued_.emplace(key, queue_.begin());
}

void Reconciler::queue_last(const AllowKey& key) {
  if (queued_.contains(key)) return;
  queue_.push_back(key);
  queued_.emplace(key, std::prev(queue_.end()));
}

void Reconciler::queue_all() {
  for (const auto& key : desired_.open_keys()) queue_last(key);
}

void Reconciler::clear_queue() {
  queue_.clear();
  queued_.clear();
}

std::optional<BootTime> Reconciler::retry_at() const {
  if (state_ != State::backoff) return std::nullopt;
  return retry_at_;
}

}  // namespace jitgate
