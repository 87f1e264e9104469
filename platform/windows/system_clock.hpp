#pragma once

#include <memory>

#include "agent/model/clock.hpp"

namespace jitgate {

/// The operating system's clocks: GetSystemTimePreciseAsFileTime, and QueryInterruptTimePrecise (GetTickCount64 where
/// there is none), which counts sleep and hibernation too (learn.microsoft.com, "Interrupt Time"). The wall clock is
/// called synchronised while a time service adjusts it (GetSystemTimeAdjustment). Throws std::runtime_error when the
/// boot cannot be identified: without that no boot time could be trusted after a restart.
[[nodiscard]] std::unique_ptr<Clock> make_system_clock();

}  // namespace jitgate
