#pragma once

#include <random>

namespace jitgate {

/// The operating system's own random numbers, and not the processor's as is the default. Throws where there are none:
/// what can be guessed must not be made.
[[nodiscard]] std::random_device system_random();

}  // namespace jitgate
