#pragma once

#include <memory>

#include "agent/model/clock.hpp"

namespace jitgate {

/// The operating system's clocks (clock_gettime(2), adjtimex(2), /proc/sys/kernel/random/boot_id). Throws
/// std::runtime_error when the boot id cannot be read: without it no boot time could be trusted after a restart.
[[nodiscard]] std::unique_ptr<Clock> make_system_clock();

}  // namespace jitgate
