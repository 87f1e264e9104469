#pragma once

#include <chrono>
#include <string>

namespace jitgate {

using Duration = std::chrono::nanoseconds;

/// UTC. What grants and people speak of. May step in either direction.
using WallTime = std::chrono::sys_time<Duration>;

/// Time since boot, suspended time included (CLOCK_BOOTTIME, clock_gettime(2)). Never steps; meaningless after a
/// reboot.
struct BootClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock, duration>;
  static constexpr bool is_steady = true;
};
using BootTime = BootClock::time_point;

/// Where time comes from. Tests drive a manual one (tests/fake/manual_clock.hpp).
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime wall_now() const = 0;
  [[nodiscard]] virtual BootTime boot_now() const = 0;
  /// True when the operating system says that the wall clock is synchronised (adjtimex(2): no STA_UNSYNC).
  [[nodiscard]] virtual bool synchronized() const = 0;
  /// Changes with every boot (/proc/sys/kernel/random/boot_id); boot times compare only within one.
  [[nodiscard]] virtual const std::string& boot_id() const = 0;
};

}  // namespace jitgate
