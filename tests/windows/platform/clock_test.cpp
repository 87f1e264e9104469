#include <thread>

#include "platform/system_clock.hpp"
#include "platform/windows/boot_identity.hpp"
#include "windows_fixture.hpp"

namespace jitgate::test {
namespace {

TEST(WindowsClock, TellsTheTimeOfTheSystem) {
  const auto clock = make_system_clock();
  const auto apart = clock->wall_now() - std::chrono::system_clock::now();
  EXPECT_LT(std::chrono::abs(apart), std::chrono::minutes(1));
}

TEST(WindowsClock, TheBootClockOnlyGoesForward) {
  const auto clock = make_system_clock();
  BootTime last = clock->boot_now();
  EXPECT_GT(last.time_since_epoch(), Duration(0));
  for (int i = 0; i < 1000; ++i) {
    const BootTime now = clock->boot_now();
    EXPECT_GE(now, last);
    last = now;
  }
}

TEST(WindowsClock, ABootHasOneIdentity) {
  const auto first = boot_identity();
  ASSERT_TRUE(succeeds(first));
  EXPECT_FALSE(first->empty());
  EXPECT_EQ(boot_identity().value(), *first);
  EXPECT_EQ(make_system_clock()->boot_id(), *first);
}

}  // namespace
}  // namespace jitgate::test
