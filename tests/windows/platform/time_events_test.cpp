#include "platform/windows/time_events_windows.hpp"

#include <boost/asio/steady_timer.hpp>

#include "platform/system_clock.hpp"
#include "tests/fake/manual_clock.hpp"
#include "windows_fixture.hpp"

namespace jitgate::test {
namespace {

using namespace std::chrono_literals;

class WindowsTime : public testing::Test {
 protected:
  boost::asio::io_context context;
  ManualClock clock;
  int wakes = 0;
  int clock_sets = 0;

  void watch(TimeEvents& events) {
    events.watch([this] { ++wakes; }, [this] { ++clock_sets; });
  }
  /// The loop, until it is so; a minute at most.
  template <class Condition>
  bool runs_until(const Condition& condition) {
    const auto end = std::chrono::steady_clock::now() + 1min;
    while (!condition() && std::chrono::steady_clock::now() < end) context.run_one_for(100ms);
    return condition();
  }
  /// So many looks at the clock have certainly been.
  void run_for(std::chrono::milliseconds time) {
    bool over = false;
    boost::asio::steady_timer timer(context, time);
    timer.async_wait([&over](const boost::system::error_code&) { over = true; });
    while (!over) context.run_one();
  }
};

TEST_F(WindowsTime, WakesWhenTheTimeHasComeAndNotBefore) {
  const auto system = make_system_clock();
  const auto events = make_windows_time_events(context);
  watch(*events);
  const BootTime due = system->boot_now() + 50ms;
  events->wake_at(due);
  ASSERT_TRUE(runs_until([this] { return wakes > 0; }));
  EXPECT_GE(system->boot_now(), due);
  EXPECT_EQ(wakes, 1);
}

TEST_F(WindowsTime, ATimeThatIsPastWakesAtOnceAndOnce) {
  const auto events = make_windows_time_events(context, clock, 10ms);
  watch(*events);
  events->wake_at(clock.boot_now() - 1h);
  ASSERT_TRUE(runs_until([this] { return wakes > 0; }));
  run_for(50ms);
  EXPECT_EQ(wakes, 1);
}

TEST_F(WindowsTime, NoTimeDoesNotWake) {
  const auto events = make_windows_time_events(context, clock, 10ms);
  watch(*events);
  events->wake_at(clock.boot_now() + 1h);
  events->wake_at(std::nullopt);
  clock.advance(2h);
  run_for(50ms);
  EXPECT_EQ(wakes, 0);
}

TEST_F(WindowsTime, FindsThatTheWallClockWasSet) {
  const auto events = make_windows_time_events(context, clock, 10ms);
  watch(*events);
  clock.advance_wall(-1h);
  ASSERT_TRUE(runs_until([this] { return clock_sets > 0; }));
  run_for(50ms);
  EXPECT_EQ(clock_sets, 1);
}

TEST_F(WindowsTime, FindsThatTheMachineHasSlept) {
  const auto events = make_windows_time_events(context, clock, 10ms);
  watch(*events);
  events->wake_at(clock.boot_now() + 30min);
  clock.advance(1h);  // without an hour having been awake
  ASSERT_TRUE(runs_until([this] { return clock_sets > 0 && wakes > 0; }));
}

TEST_F(WindowsTime, AClockThatIsAdjustedALittleWasNotSet) {
  const auto events = make_windows_time_events(context, clock, 10ms);
  watch(*events);
  clock.advance_wall(100ms);
  run_for(50ms);
  EXPECT_EQ(clock_sets, 0);
}

TEST_F(WindowsTime, PassesOnWhatTheServiceManagerSays) {
  const auto events = make_windows_time_events(context, clock);
  watch(*events);
  events->clock_was_set();
  EXPECT_EQ(clock_sets, 1);
}

}  // namespace
}  // namespace jitgate::test
