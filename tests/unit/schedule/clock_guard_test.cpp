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
  ManualClock clock;
  const auto highest = clock.wall_now();
  ClockGuard guard(std::nullopt, 5min);
  guard.observe(clock);
  clock.advance_wall(-1h);
  guard.observe(clock);
  guard.note(highest - 2h);
  EXPECT_EQ(guard.highest(), highest);
}

TEST(ClockGuard, ForgetsWhatAnUnsynchronisedClockShowsAfterBoot) {
  ManualClock clock;
  clock.set_synchronized(false);
  clock.set_boot(BootTime{} + 1min);
  clock.advance_wall(100h);
  ClockGuard guard(std::nullopt, 5min);
  guard.observe(clock);
  clock.advance_wall(-100h);
  EXPECT_FALSE(guard.behind(clock.wall_now())) << "the time server's answer is not an earlier clock";
  clock.advance(4min);
  guard.observe(clock);
  EXPECT_EQ(guard.highest(), clock.wall_now()) << "after the wait it is believed";
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
