#pragma once

#include <optional>
#include <string>

#include "agent/model/clock.hpp"

namespace jitgate {

/// Whether the wall clock can be believed. Pure; the highest wall time ever seen is kept by the store between runs.
class ClockGuard {
 public:
  /// How often whoever waits for a clock to be believed looks again: slewing a clock into step raises no event.
  static constexpr Duration kPoll = std::chrono::seconds(1);

  /// `wait`: how long after boot an unsynchronised clock is waited for.
  ClockGuard(std::optional<WallTime> highest_seen, Duration wait) : highest_(highest_seen), wait_(wait) {}

  /// Notes what the clock shows, if it can be believed: one that is wrong at boot, before it is synchronised, must not
  /// make the right time look like an earlier one.
  void observe(const Clock& clock) {
    if (believed(clock)) note(clock.wall_now());
  }
  /// Notes a time that was seen in an earlier run.
  void note(WallTime seen) {
    if (!highest_ || seen > *highest_) highest_ = seen;
  }
  /// The clock shows an earlier time than it once did: it is wrong now or was wrong then, and nothing may open by it.
  [[nodiscard]] bool behind(WallTime now) const { return highest_ && now < *highest_; }
  /// Restored grants may be judged by the wall clock: it is not behind, and synchronised or waited for long enough.
  [[nodiscard]] bool trusted(const Clock& clock) const { return !behind(clock.wall_now()) && believed(clock); }
  /// An administrator says that the present clock is right.
  void accept(WallTime now) { highest_ = now; }
  void set_wait(Duration wait) { wait_ = wait; }
  [[nodiscard]] std::optional<WallTime> highest() const { return highest_; }

 private:
  [[nodiscard]] bool believed(const Clock& clock) const {
    return clock.synchronized() || clock.boot_now().time_since_epoch() >= wait_;
  }

  std::optional<WallTime> highest_;
  Duration wait_;
};

}  // namespace jitgate
