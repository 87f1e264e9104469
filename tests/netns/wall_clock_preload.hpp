#pragma once

#include <cstdint>

namespace jitgate::netns {

/// Names the file that holds a WallClockOverride.
inline constexpr const char* kWallClockVariable = "JITGATE_TEST_WALL_CLOCK";

/// What the preloaded library makes of the wall clock; read from the shared file at each call.
struct WallClockOverride {
  std::int64_t shift_seconds = 0;
  std::int64_t synchronized = 1;
};

}  // namespace jitgate::netns
