#pragma once

#include <cstdint>

namespace jitgate::netns {

/// Names the file that holds a CrashPoint.
inline constexpr const char* kCrashVariable = "JITGATE_TEST_CRASH";

/// Where the daemon dies, in the file that it has mapped. Before and after each fdatasync, fsync and netlink message
/// one is taken off; at zero it is killed there and then.
struct CrashPoint {
  std::int64_t steps_left = 0;  ///< 0 and below: it lives
};

}  // namespace jitgate::netns
