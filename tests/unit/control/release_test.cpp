// `jitgated --release` beside a running daemon: the marker first, then the table goes.
#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class Release : public AgentRig {
 protected:
  void release(Duration how_long) {
    ASSERT_TRUE(ReleaseMarker(runtime_.path(), clock_).write(how_long));
    kernel_.flush();
    firewall().announce();
    poll();
  }
};

TEST_F(Release, IsNotMendedWhileItLasts) {
  start();
  release(15min);
  EXPECT_FALSE(kernel_.has_table());
  EXPECT_EQ(agent().status().state, AgentState::disabled);
  EXPECT_TRUE(mentions(agent().status().reasons, "--release"));
  EXPECT_EQ(count_audited("lock.release"), 1U);
  EXPECT_EQ(count_audited("firewall.repair"), 0U);
  EXPECT_EQ(request(kPeer, 22, 1h).error().code, errc::unavailable);
}

TEST_F(Release, EndsWithTheLocksUpAndConnectionsProtected) {
  start();
  release(15min);
  const auto meanwhile = tracker_->connect(Transport::tcp, prefix(kStranger), port_number(80));
  tracker_->flush();
  pass(15min);
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_EQ(agent().status().state, AgentState::enforcing);
  EXPECT_TRUE(tracker_->tracked(meanwhile)) << "it was there before the lock came back";
  EXPECT_EQ(count_audited("lock.enable"), 1U);
}

TEST_F(Release, HoldsForADaemonThatStartsMeanwhile) {
  ASSERT_TRUE(ReleaseMarker(runtime_.path(), clock_).write(15min));
  start();
  EXPECT_FALSE(kernel_.has_table());
  pass(15min);
  EXPECT_FALSE(admits(kStranger, 22));
}

TEST_F(Release, IsEndedByEnable) {
  start();
  release(15min);
  ASSERT_TRUE(call(agent().enable(administrator(), {})));
  EXPECT_FALSE(admits(kStranger, 22));
  pass(20min);
  EXPECT_FALSE(admits(kStranger, 22));
}

TEST_F(Release, OfADisabledHostEndsWithItStillDisabled) {
  start();
  ASSERT_TRUE(call(agent().disable(administrator())));
  release(15min);
  pass(20min);
  EXPECT_FALSE(kernel_.has_table());
  EXPECT_EQ(count_audited("lock.enable"), 0U);
}

TEST_F(Release, GrantsAreInForceAfterIt) {
  start();
  granted(kPeer, 22, 1h);
  release(15min);
  pass(15min);
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 45min);
}

TEST_F(Release, StillEndsByItselfAfterAnEnableThatFailed) {
  start();
  release(15min);
  tracker_->fail_list(kKernelRefuses);
  ASSERT_FALSE(call(agent().enable(administrator(), {})));
  EXPECT_FALSE(kernel_.has_table());
  tracker_->fail_list(std::nullopt);
  pass(15min);
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_EQ(agent().status().state, AgentState::enforcing);
}

}  // namespace
}  // namespace jitgate
