#pragma once

#include <algorithm>

#include "agent/model/clock.hpp"
#include "agent/source/jitter.hpp"

namespace jitgate {

/// How long to wait after a failure: anything up to a limit that doubles with each one in a row ("full jitter"), so
/// that the hosts that lost a server together do not return to it together.
class Backoff {
 public:
  Backoff(Duration first, Duration longest) : first_(first), longest_(longest) {}

  /// `jitter`: what a Jitter gives.
  [[nodiscard]] Duration next(double jitter) {
    limit_ = std::clamp(limit_ * 2, first_, longest_);
    return std::chrono::duration_cast<Duration>(limit_ * jitter);
  }
  /// It has worked again.
  void reset() { limit_ = {}; }
  /// What the limit begins with from now on.
  void set_first(Duration first) { first_ = std::min(first, longest_); }

 private:
  Duration first_;
  Duration longest_;
  Duration limit_{};
};

}  // namespace jitgate
