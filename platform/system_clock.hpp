#pragma once

#include <memory>

#include "agent/model/clock.hpp"

namespace jitgate {

/// The operating system's clocks. Throws std::runtime_error when the boot cannot be identified: without that no boot
/// time could be trusted after a restart.
///
/// Linux: clock_gettime(2), adjtimex(2), /proc/sys/kernel/random/boot_id. Windows: GetSystemTimePreciseAsFileTime, and
/// QueryInterruptTimePrecise (GetTickCount64 where there is none), which counts sleep and hibernation too
/// (learn.microsoft.com, "Interrupt Time"); the wall clock is called synchronised while a time service adjusts it
/// (GetSystemTimeAdjustment).
[[nodiscard]] std::unique_ptr<Clock> make_system_clock();

}  // namespace jitgate
