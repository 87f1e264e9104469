#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <vector>

#include "agent/model/clock.hpp"
#include "agent/model/result.hpp"
#include "agent/model/ruleset.hpp"

namespace jitgate {

/// Decides what to send to the firewall next, from what is desired and what was acknowledged. Sans-I/O: the shell sends
/// next(), and reports how it went; nothing is forgotten until the kernel has acknowledged it.
class Reconciler {
 public:
  /// What should be open, asked at the moment of sending.
  struct Desired {
    std::function<std::vector<AllowKey>()> open_keys;
    std::function<std::optional<BootTime>(const AllowKey&)> open_until;
  };
  enum class State {
    awaiting,  ///< no lock wanted or removed yet: nothing is known
    syncing,   ///< something is still to be sent
    synced,
    backoff,  ///< the last transaction was refused; waits for retry_at()
  };

  explicit Reconciler(Desired desired) : desired_(std::move(desired)) {}

  /// This lock should stand (built anew), or nothing of ours should.
  void want_lock(Lock lock);
  void want_nothing();
  /// These entries may differ from the kernel's. They go out before anything that was waiting, and are tried at once
  /// also during a backoff: whoever revokes or is granted something does not wait for somebody else's retry.
  void touch(const std::vector<AllowKey>& keys);
  /// Somebody else changed the table: it is built anew, from our own record.
  void foreign_change();

  /// The next transaction, or nullopt when there is nothing to send now. Each must be reported on before the next is
  /// asked for.
  [[nodiscard]] std::optional<FirewallTransaction> next(BootTime now);
  void succeeded();
  /// What was refused is sent again later: a rebuild as the bare lock first, changes in ever smaller transactions, so
  /// that an entry that the kernel never takes holds up neither the lock nor the other entries. Between a rebuild that
  /// was refused and the next, what has ended is closed in the table that stands; nothing is opened there.
  void failed(const Error& why, BootTime now);

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool in_sync() const { return state_ == State::synced; }
  [[nodiscard]] std::optional<BootTime> retry_at() const;
  [[nodiscard]] const std::optional<Error>& last_error() const { return last_error_; }
  [[nodiscard]] std::uint64_t drift() const { return drift_; }
  [[nodiscard]] const std::optional<Lock>& lock() const { return lock_; }

 private:
  void queue_all();
  void queue_first(const AllowKey& key);
  void queue_last(const AllowKey& key);
  void clear_queue();
  [[nodiscard]] FirewallTransaction rebuild(BootTime now);
  [[nodiscard]] FirewallTransaction changes(BootTime now);
  [[nodiscard]] std::optional<FirewallTransaction> closes_meanwhile(BootTime now);
  void back_off(const Error& why, BootTime now);
  [[nodiscard]] std::optional<AllowKey> pop();
  [[nodiscard]] std::optional<BootTime> open_after(const AllowKey& key, BootTime now) const;

  Desired desired_;
  State state_ = State::awaiting;
  std::optional<Lock> lock_;
  bool rebuild_ = false;
  std::list<AllowKey> queue_;
  boost::unordered_flat_map<AllowKey, std::list<AllowKey>::iterator, AllowKeyHash> queued_;  ///< where in `queue_`
  std::vector<AllowKey> in_flight_;
  enum class Sent { change, rebuild, closes };  ///< what `in_flight_` belongs to; closes: of a table to be rebuilt
  Sent sent_ = Sent::change;
  bool stands_ = false;                              ///< the last table that we built, as far as is known
  bool lock_alone_ = false;                          ///< the last rebuild was refused
  bool closes_refused_ = false;                      ///< since then: the rebuild's turn
  std::size_t at_most_ = kMaxEntriesPerTransaction;  ///< changes in one transaction
  std::optional<Error> last_error_;
  BootTime retry_at_{};
  Duration backoff_{};
  std::uint64_t drift_ = 0;
};

}  // namespace jitgate
