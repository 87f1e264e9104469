#pragma once

#include <functional>
#include <optional>

#include "agent/model/clock.hpp"

namespace jitgate {

/// What time does to us. Callbacks come on the event loop's thread.
class TimeEvents {
 public:
  virtual ~TimeEvents() = default;
  /// `on_wake`: the time set by wake_at() has come, suspended time included. `on_clock_set`: the wall clock was set, or
  /// the machine was resumed from suspension.
  virtual void watch(std::function<void()> on_wake, std::function<void()> on_clock_set) = 0;
  /// Replaces the time to wake at; nullopt: do not wake. A time that is past wakes at once.
  virtual void wake_at(std::optional<BootTime> time) = 0;
};

}  // namespace jitgate
