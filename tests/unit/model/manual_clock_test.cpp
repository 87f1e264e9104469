#include "tests/fake/manual_clock.hpp"

#include <gtest/gtest.h>

#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

TEST(ManualClock, MovesOnlyWhenTold) {
  ManualClock clock;
  EXPECT_EQ(to_string(clock.wall_now()), "2026-11-21T18:00:00Z");
  const BootTime boot = clock.boot_now();
  clock.advance(5min);
  EXPECT_EQ(to_string(clock.wall_now()), "2026-11-21T18:05:00Z");
  EXPECT_EQ(clock.boot_now() - boot, 5min);
}

TEST(ManualClock, StepsAndReboots) {
  ManualClock clock;
  const BootTime boot = clock.boot_now();
  clock.advance_wall(-1h);
  EXPECT_EQ(clock.boot_now(), boot);
  const std::string first_boot = clock.boot_id();
  clock.reboot("other");
  EXPECT_EQ(clock.boot_now(), BootTime{});
  EXPECT_NE(clock.boot_id(), first_boot);
  EXPECT_EQ(to_string(clock.wall_now()), "2026-11-21T17:00:00Z");
}

}  // namespace
}  // namespace jitgate
