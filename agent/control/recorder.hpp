#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "agent/control/event_counters.hpp"
#include "agent/store/grant_store.hpp"

namespace jitgate {

/// Puts what happened into the store. What has happened already (an expiry, a revocation) is kept and retried until it
/// is durable; what may only happen once it is durable (an opening) fails when it cannot be. Nothing overtakes what was
/// recorded before it. Every change carries the highest wall time seen.
class Recorder {
 public:
  struct Hooks {
    /// The highest wall time seen; nullopt while that of earlier runs is not known, which must not be overwritten.
    std::function<std::optional<WallTime>()> highest_seen;
    /// next_event() has changed.
    std::function<void()> on_retry;
    /// The kernel's ruleset of now, for the audit; nothing: not known.
    std::function<std::uint32_t()> generation = nullptr;
    /// How much of the audit trail is kept; nothing: all.
    std::function<std::optional<AuditRetention>()> retention = nullptr;
    /// What has ended long ago may be forgotten: the wall clock can be believed; nothing: it can.
    std::function<bool()> clock_trusted = nullptr;
  };

  Recorder(boost::asio::any_io_executor executor, GrantStore& store, const Clock& clock, Hooks hooks);

  /// Durable when it completes with success. Refused while older changes cannot be written.
  [[nodiscard]] boost::asio::awaitable<Result<void>> commit(StoreChange change);

  /// Returns at once; written as soon as the store can, in order. A backlog of kMaxBacklog changes drops refusals only.
  /// A change that the store will never take is dropped and logged; it takes no other with it.
  void record(StoreChange change);

  /// Tries again what could not be written, when its time has come.
  void advance();
  [[nodiscard]] std::optional<BootTime> next_event() const { return retry_at_; }

  /// Why the store cannot be written, while it cannot.
  [[nodiscard]] const std::optional<Error>& problem() const { return problem_; }
  /// What was recorded since the start, written or waiting.
  [[nodiscard]] const EventCounters& counters() const { return counters_; }
  /// Called whenever counters() has changed.
  void on_event(std::function<void()> told) { told_ = std::move(told); }
  /// Nothing waits to be written.
  [[nodiscard]] bool idle() const { return written_ == recorded_ && committing_ == 0; }

  static constexpr std::size_t kMaxBacklog = 20'000;
  static constexpr const char* kHighestWallTime = "highestWallTime";

 private:
  using Batch = std::deque<StoreChange>;

  void start_drain();
  [[nodiscard]] boost::asio::awaitable<void> drain();
  [[nodiscard]] boost::asio::awaitable<bool> write_batch(Batch batch);
  [[nodiscard]] boost::asio::awaitable<bool> write_singly(Batch batch);
  [[nodiscard]] boost::asio::awaitable<Result<void>> write(StoreChange change);
  [[nodiscard]] boost::asio::awaitable<Result<void>> commit_in_turn(StoreChange change);
  void put_back(Batch batch);
  void count(const std::vector<AuditEvent>& events);
  void stamp(StoreChange& change) const;

  boost::asio::any_io_executor executor_;
  GrantStore& store_;
  const Clock& clock_;
  Hooks hooks_;
  Batch backlog_;
  EventCounters counters_;
  std::function<void()> told_;
  std::uint64_t recorded_ = 0;  ///< changes ever given to record()
  std::uint64_t written_ = 0;   ///< of those: written or dropped
  std::size_t committing_ = 0;  ///< commit()s that have not completed
  bool draining_ = false;
  std::optional<Error> problem_;
  std::optional<BootTime> retry_at_;
  Duration backoff_{};
  boost::asio::steady_timer
      progress_;  ///< never expires: cancelled after every attempt, for those who wait for their turn
};

}  // namespace jitgate
