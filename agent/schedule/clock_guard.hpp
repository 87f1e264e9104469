#pragma once

#include <optional>
#include <string>

#include "agent/model/clock.hpp"

namespace jitgate {

/// Whether the wall clock can be believed. Pure; the highest wall time ever seen is kept by the store between runs.
class ClockGuard {
 public:
  /// `wait`: how long after boot an unsynchronised clock is waited for.
  ClockGuard(std::optional<WallTime> highest_seen, Duration wait) : highest_(highest_seen), wait_(wait) {}

  /// Notes the time. Returns true when it is later than the one noted last.
  bool observe(WallTime now) {
    if (highest_ && now <= *highest_) return false;
    highest_ = now;
    return true;
  }
  /// The clock shows an earlier time than it once did: it is wrong now or was wrong then, and nothing may open by it.
  [[nodiscard]] bool behind(WallTime now) const { return highest_ && now < *highest_; }
  /// Restored grants may be judged by the wall clock: it is not behind, and synchronised or waited for long enough.
  [[nodiscard]] bool trusted(const Clock& clock) const {
    return !behind(clock.wall_now()) && (clock.synchronized() || clock.boot_now().time_since_epoch() >= wait_);
  }
  /// An administrator says that the present clock is right.
  void accept(WallTime now) { highest_ = now; }
  void set_wait(Duration wait) { wait_ = wait; }
  [[nodiscard]] std::optional<WallTime> highest() const { return highest_; }

 private:
  std::optional<WallTime> highest_;
  Duration wait_;
};

}  // namespace jitgate
