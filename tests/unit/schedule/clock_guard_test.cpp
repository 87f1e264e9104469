#include "agent/schedule/clock_guard.hpp"

#include <gtest/gtest.h>

#include "tests/fake/manual_clock.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

TEST(ClockGuard, IsBehindWhenTheClockShowsLessThanWasSeen) {
  const ManualClock clock;
  ClockGuard guard(clock.wall_now() + 1s, 5min);
  EXPECT_TRUE(guard.behind(clock.wall_now()));
  EXPECT_FALSE(guard.behind(clock.wall_now() + 1s));
}

TEST(ClockGuard, IsNeverBehindBeforeAnythingWasSeen) {
  EXPECT_FALSE(ClockGuard(std::nullopt, 5min).behind(WallTime{}));
}

TEST(ClockGuard, RemembersTheHighestTimeOnly) {
  const ManualClock clock;
  ClockGuard guard(std::nullopt, 5min);
  EXPECT_TRUE(guard.observe(clock.wall_now()));
  EXPECT_FALSE(guard.observe(clock.wall_now() - 1h));
  EXPECT_FALSE(guard.observe(clock.wall_now()));
  EXPECT_EQ(guard.highest(), clock.wall_now());
}

TEST(ClockGuard, TrustsASynchronisedClockAtOnce) {
  ManualClock clock;
  clock.set_boot(BootTime{} + 1s);
  EXPECT_TRUE(ClockGuard(clock.wall_now(), 5min).trusted(clock));
}

TEST(ClockGuard, TrustsAnUnsynchronisedClockAfterTheWait) {
  ManualClock clock;
  clock.set_synchronized(false);
  clock.set_boot(BootTime{} + 5min - 1ns);
  const ClockGuard guard(clock.wall_now(), 5min);
  EXPECT_FALSE(guard.trusted(clock));
  clock.advance(1ns);
  EXPECT_TRUE(guard.trusted(clock));
}

TEST(ClockGuard, NeverTrustsAnEarlierClockUntilItIsAccepted) {
  ManualClock clock;
  ClockGuard guard(clock.wall_now() + 1h, 5min);
  EXPECT_FALSE(guard.trusted(clock));
  guard.accept(clock.wall_now());
  EXPECT_TRUE(guard.trusted(clock));
  EXPECT_EQ(guard.highest(), clock.wall_now());
}

}  // namespace
}  // namespace jitgate
