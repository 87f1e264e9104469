// Steps of the wall clock, suspension, and clocks that cannot be believed.
#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class WallClock : public AgentRig {
 protected:
  WallClock() { start(); }
};

TEST_F(WallClock, AStepForwardShortensInTheKernel) {
  granted(kPeer, 22, 1h);
  time().step_wall(40min);
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 20min);
}

TEST_F(WallClock, AStepBeyondTheEndExpires) {
  const auto id = granted(kPeer, 22, 1h);
  time().step_wall(2h);
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(stored_reason(id), StatusReason::expired);
}

TEST_F(WallClock, AStepBackwardNeitherLengthensNorCloses) {
  granted(kPeer, 22, 1h);
  pass(30min);
  time().step_wall(-2h);
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 30min);
  pass(30min);
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(WallClock, AnEarlierClockOpensNothing) {
  pass(1h);
  granted(kPeer, 22, 1h);
  time().step_wall(-30min);
  const auto refused = request(kPeer, 80, 1h);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::unavailable);
  EXPECT_EQ(agent().status().state, AgentState::degraded);
  pass(31min);
  EXPECT_TRUE(request(kPeer, 80, 1h)) << "it has caught up";
}

TEST_F(WallClock, TheHighestTimeSeenIsNotLoweredByWhatIsRecordedLater) {
  pass(1h);
  granted(kPeer, 22, 1h);
  time().step_wall(-30min);
  EXPECT_FALSE(request(kPeer, 80, 1h));  // recorded, with the earlier clock
  restart();
  EXPECT_EQ(request(kPeer, 80, 1h).error().code, errc::unavailable) << "the store remembers over a restart";
}

TEST_F(WallClock, AnAdministratorAcceptsAnEarlierClock) {
  pass(1h);
  granted(kPeer, 22, 1h);
  time().step_wall(-30min);
  EnableOptions options;
  options.accept_clock = true;
  ASSERT_TRUE(call(agent().enable(administrator(), options)));
  EXPECT_TRUE(request(kPeer, 80, 1h));
  EXPECT_EQ(count_audited("clock.accept"), 1U);
  restart();
  EXPECT_TRUE(request("203.0.113.8", 80, 1h));
}

TEST_F(WallClock, SuspensionIsMadeUpForAtResume) {
  granted(kPeer, 22, 1h);
  kernel_.suspend(30min);
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 1h) << "the kernel's timers stood still";
  time().announce_clock_set();
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 30min);
}

TEST_F(WallClock, WhatEndedDuringSuspensionIsClosedAtResume) {
  const auto id = granted(kPeer, 22, 1h);
  kernel_.suspend(2h);
  ASSERT_TRUE(admits(kPeer, 22));
  time().announce_clock_set();
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(stored_reason(id), StatusReason::expired);
}

class ClockAfterBoot : public AgentRig {
 protected:
  /// A grant of two hours, and a reboot half an hour later.
  void reboot_with_grant() {
    start();
    id_ = granted(kPeer, 22, 2h);
    pass(30min);
    reboot("boot-2");
  }
  std::string id_;
};

TEST_F(ClockAfterBoot, ASynchronisedClockRestoresAtOnceWithTheTimeThatIsLeft) {
  reboot_with_grant();
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 90min);
  EXPECT_EQ(stored(id_).states[0].boot_id, "boot-2");
  EXPECT_EQ(count_audited("grant.restore"), 1U);
}

TEST_F(ClockAfterBoot, AnUnsynchronisedClockKeepsThemClosedUntilItIsSynchronised) {
  clock_.set_synchronized(false);
  reboot_with_grant();
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(agent().status().waiting_grants, 1U);
  EXPECT_TRUE(mentions(agent().status().reasons, "synchronised"));
  pass(1min);
  EXPECT_FALSE(admits(kPeer, 22));
  clock_.set_synchronized(true);
  pass(1s);
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(ClockAfterBoot, AnUnsynchronisedClockIsBelievedAfterTheWait) {
  clock_.set_synchronized(false);
  reboot_with_grant();
  pass(5min - 1ms);
  EXPECT_FALSE(admits(kPeer, 22));
  pass(1s);
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(ClockAfterBoot, NothingIsRecordedAsExpiredWhileItIsNotBelieved) {
  start();
  id_ = granted(kPeer, 22, 2h);
  clock_.set_synchronized(false);
  clock_.advance_wall(48h);
  reboot("boot-2");
  EXPECT_EQ(stored_reason(id_), StatusReason::none);
  clock_.advance_wall(-48h);  // the time server's answer
  clock_.set_synchronized(true);
  time().announce_clock_set();
  pass(1s);
  EXPECT_TRUE(admits(kPeer, 22)) << "a wrong clock at boot did not bury it";
}

TEST_F(ClockAfterBoot, NothingIsForgottenWhileItIsNotBelieved) {
  clock_.set_synchronized(false);
  reboot_with_grant();
  clock_.advance_wall(std::chrono::days(3'000));
  time().announce_clock_set();
  ASSERT_TRUE(call(agent().disable(administrator())));
  EXPECT_EQ(disk_.last_now(), WallTime{}) << "an id that has ended would be free again";
  clock_.advance_wall(-std::chrono::days(3'000));
  clock_.set_synchronized(true);
  pass(1s);
  ASSERT_TRUE(call(agent().enable(administrator(), {})));
  EXPECT_EQ(disk_.last_now(), clock_.wall_now());
}

TEST_F(ClockAfterBoot, AnExpiredGrantIsRecordedAsExpiredOnceItIsBelieved) {
  start();
  id_ = granted(kPeer, 22, 2h);
  clock_.advance(3h);
  reboot("boot-2");
  EXPECT_EQ(stored_reason(id_), StatusReason::expired);
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(ClockAfterBoot, AnEarlierClockRevivesNothing) {
  start();
  id_ = granted(kPeer, 22, 1h);
  pass(2h);
  const auto other = granted("203.0.113.8", 22, 3h);
  clock_.advance_wall(-24h);
  reboot("boot-2");
  pass(1h);
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_FALSE(admits("203.0.113.8", 22)) << "synchronised or not, waited or not";
  EXPECT_EQ(agent().status().state, AgentState::degraded);
  clock_.advance_wall(24h);
  time().announce_clock_set();
  pass(1s);
  EXPECT_TRUE(admits("203.0.113.8", 22));
  EXPECT_EQ(stored_reason(id_), StatusReason::expired);
}

TEST_F(ClockAfterBoot, ARevocationOfAWaitingGrantCounts) {
  clock_.set_synchronized(false);
  reboot_with_grant();
  ASSERT_TRUE(revoke(id_));
  clock_.set_synchronized(true);
  pass(1min);
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(stored_reason(id_), StatusReason::user_requested);
}

TEST_F(ClockAfterBoot, ANewRequestReplacesAWaitingGrant) {
  clock_.set_synchronized(false);
  reboot_with_grant();
  granted(kPeer, 22, 10min);
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 10min);
  clock_.set_synchronized(true);
  pass(1min);
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 9min) << "the older one does not come back";
  EXPECT_EQ(stored_reason(id_), StatusReason::newer_request_initiated);
}

}  // namespace
}  // namespace jitgate
