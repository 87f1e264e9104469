#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agent/model/clock.hpp"
#include "platform/windows/wfp_engine.hpp"
#include "platform/windows/wfp_grant_session.hpp"
#include "platform/windows/wfp_trial_session.hpp"

namespace jitgate::wfp {

/// The filters that end with this process, and the thread that ends each of them on time: the engine has no time-outs.
/// Grants are in one dynamic session, a lock on trial in another. What cannot be closed singly is closed with its whole
/// session, and so are the grants when the event loop has not beaten for `stall_limit`: a daemon that hangs holds
/// nothing open. A session that cannot be closed either ends with the process, which is ended at once.
///
/// Any thread may call, one at a time but for beat() and what only asks; `on_lost` comes from the thread of this
/// object, without its lock.
class DynamicFilters {
 public:
  struct Options {
    const Clock& clock;  ///< asked from two threads; outlives the object
    Duration stall_limit;
    /// A session has ended by itself, for this reason: what should stand must be put again.
    std::function<void(std::string reason)> on_lost;
  };
  explicit DynamicFilters(Options options);
  ~DynamicFilters();
  DynamicFilters(const DynamicFilters&) = delete;
  DynamicFilters& operator=(const DynamicFilters&) = delete;

  /// One transaction: `put` is added or re-timed, `remove` is removed; with `only`, everything that is not in `put`
  /// too. What is over already is removed. Opens the session where there is none. After an error the session is closed.
  [[nodiscard]] Result<void> change(const std::vector<TimedFilter>& put, const std::vector<Guid>& remove, bool only);

  /// A lock that the thread lifts at `until`, in place of the one before, which goes when this one stands; one that
  /// stands as it should is re-timed. Returns the filters as they stand: with keys of their own. After an error the one
  /// before is left as it was.
  [[nodiscard]] Result<std::vector<Filter>> raise_trial(const std::vector<Filter>& filters, BootTime until);
  void lift_trial();
  /// Closes both sessions.
  void close();

  /// Until when this filter stands; nullopt: it does not.
  [[nodiscard]] std::optional<BootTime> until(const Guid& key);
  /// The session of the grants is there.
  [[nodiscard]] bool stands();
  /// A lock on trial was raised, and its time is not over.
  [[nodiscard]] bool on_trial();
  /// One of the first session, which others may see beside the lock's.
  [[nodiscard]] bool holds(const Guid& key);
  /// One of a lock on trial.
  [[nodiscard]] bool holds_on_trial(const Guid& key);

  /// The event loop is alive.
  void beat();

 private:
  /// What a look at the sessions came to.
  struct Findings {
    std::optional<std::string> lost{};  ///< why one of them ended
    std::vector<Engine> over{};         ///< to be closed without the lock, which the event loop may be waiting for
  };

  Result<void> await_closing(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] BootTime horizon() const;
  void run();
  Findings look_after(std::chrono::steady_clock::time_point now);
  void look_after_trial(Findings& findings);
  std::optional<std::string> why_grants_end(std::chrono::steady_clock::time_point now);
  [[nodiscard]] std::chrono::nanoseconds pause() const;

  Options options_;
  std::mutex mutex_;
  std::condition_variable changed_;
  GrantSession grants_;
  TrialSession trial_;
  std::uint64_t trials_ = 0;  ///< so many were raised
  std::chrono::steady_clock::time_point beat_;
  std::chrono::steady_clock::time_point looked_;
  bool closing_ = false;  ///< the thread closes sessions, whose keys are taken until then
  bool stopping_ = false;
  std::thread thread_;  ///< last: it uses everything above
};

}  // namespace jitgate::wfp
