#include "agent/control/recorder.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

namespace asio = boost::asio;

constexpr Duration kFirstRetry = std::chrono::seconds(1);
constexpr Duration kLongestRetry = std::chrono::seconds(60);

void append(StoreChange& all, const StoreChange& more) {
  std::ranges::copy(more.add, std::back_inserter(all.add));
  std::ranges::copy(more.update, std::back_inserter(all.update));
  std::ranges::copy(more.approve, std::back_inserter(all.approve));
  std::ranges::copy(more.claims, std::back_inserter(all.claims));
  std::ranges::copy(more.early_revocations, std::back_inserter(all.early_revocations));
  std::ranges::copy(more.audit, std::back_inserter(all.audit));
  for (const auto& [key, value] : more.settings) all.settings.insert_or_assign(key, value);
}

StoreChange merged(const std::deque<StoreChange>& batch) {
  StoreChange all;
  for (const auto& change : batch) append(all, change);
  return all;
}

/// Only tells of something that did not happen.
bool is_refusal_only(const StoreChange& change) {
  const auto refused = [](const AuditEvent& event) { return event.outcome == "Refused"; };
  return change.add.empty() && change.update.empty() && change.approve.empty() && change.claims.empty() &&
         change.early_revocations.empty() && change.settings.empty() && std::ranges::all_of(change.audit, refused);
}

}  // namespace

Recorder::Recorder(asio::any_io_executor executor, GrantStore& store, const Clock& clock, Hooks hooks)
    : executor_(executor),
      store_(store),
      clock_(clock),
      hooks_(std::move(hooks)),
      progress_(executor, asio::steady_timer::time_point::max()) {}

asio::awaitable<Result<void>> Recorder::write(StoreChange change) {
  // By a clock that is wrong, ids would be forgotten that must not open again.
  const bool trusted = !hooks_.clock_trusted || hooks_.clock_trusted();
  change.now = trusted ? clock_.wall_now() : WallTime{};
  if (const auto highest = hooks_.highest_seen())
    change.settings.insert_or_assign(kHighestWallTime, to_string(*highest));
  if (hooks_.retention) change.retention = hooks_.retention();
  auto written = co_await store_.commit(std::move(change));
  if (written) {
    if (problem_) spdlog::info("the store can be written again");
    problem_.reset();
  } else if (written.error().code == errc::store_failed) {
    if (!problem_) spdlog::error("the store cannot be written: {}", describe(written.error()));
    problem_ = written.error();
  }
  co_return written;
}

asio::awaitable<Result<void>> Recorder::commit(StoreChange change) {
  ++committing_;
  stamp(change);
  auto written = co_await commit_in_turn(std::move(change));
  --committing_;
  co_return written;
}

asio::awaitable<Result<void>> Recorder::commit_in_turn(StoreChange change) {
  const auto before = recorded_;
  while (written_ < before) {
    // What was not written yet comes first; trying it tells at once whether the disk is back.
    if (!draining_) start_drain();
    boost::system::error_code cancelled;
    co_await progress_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (written_ < before && problem_) {
      co_return error(errc::store_failed, "earlier changes are not recorded yet: " + problem_->message);
    }
  }
  const std::vector<AuditEvent> events = change.audit;
  auto written = co_await write(std::move(change));
  if (written) count(events);
  co_return written;
}

void Recorder::count(const std::vector<AuditEvent>& events) {
  for (const AuditEvent& event : events) counters_.add(event);
  if (told_ && !events.empty()) told_();
}

void Recorder::record(StoreChange change) {
  count(change.audit);
  if (recorded_ - written_ >= kMaxBacklog && is_refusal_only(change)) return;
  stamp(change);
  backlog_.push_back(std::move(change));
  ++recorded_;
  if (!draining_ && !retry_at_) start_drain();
}

/// As it happened, which may be long before it is written.
void Recorder::stamp(StoreChange& change) const {
  if (change.audit.empty() || !hooks_.generation) return;
  const auto generation = hooks_.generation();
  for (AuditEvent& event : change.audit) event.generation = generation;
}

void Recorder::advance() {
  if (!draining_ && retry_at_ && *retry_at_ <= clock_.boot_now()) start_drain();
}

void Recorder::start_drain() {
  draining_ = true;
  retry_at_.reset();
  asio::co_spawn(executor_, drain(), asio::detached);
}

asio::awaitable<void> Recorder::drain() {
  bool written = true;
  while (written && !backlog_.empty()) {
    written = co_await write_batch(std::exchange(backlog_, {}));
    progress_.cancel();
  }
  draining_ = false;
  if (written) {
    backoff_ = {};
    co_return;
  }
  backoff_ = std::clamp(backoff_ * 2, kFirstRetry, kLongestRetry);
  retry_at_ = clock_.boot_now() + backoff_;
  hooks_.on_retry();
}

/// False when the store failed; what is not written then is in the backlog again.
asio::awaitable<bool> Recorder::write_batch(Batch batch) {
  const auto written = co_await write(merged(batch));
  if (written) {
    written_ += batch.size();
    co_return true;
  }
  if (written.error().code != errc::store_failed) co_return co_await write_singly(std::move(batch));
  put_back(std::move(batch));
  co_return false;
}

asio::awaitable<bool> Recorder::write_singly(Batch batch) {
  while (!batch.empty()) {
    auto copy = batch.front();
    const auto written = co_await write(std::move(copy));
    if (!written && written.error().code == errc::store_failed) {
      put_back(std::move(batch));
      co_return false;
    }
    if (!written) spdlog::critical("a change that cannot be stored is dropped: {}", describe(written.error()));
    ++written_;
    batch.pop_front();
  }
  co_return true;
}

void Recorder::put_back(Batch batch) {
  std::ranges::move(backlog_, std::back_inserter(batch));
  backlog_ = std::move(batch);
}

}  // namespace jitgate
