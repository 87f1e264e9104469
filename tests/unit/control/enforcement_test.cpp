// What somebody else does to the table.
#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class ForeignChange : public AgentRig {
 protected:
  ForeignChange() {
    start();
    granted(kPeer, 22, 1h);
  }
  void announce() {
    firewall().announce();
    poll();
  }
};

TEST_F(ForeignChange, AFlushIsMendedWithTheGrantsAndTheConnections) {
  const auto ssh = tracker_->connect(Transport::tcp, prefix(kPeer), port_number(22));
  kernel_.flush();
  tracker_->flush();
  announce();
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 1h);
  EXPECT_TRUE(tracker_->tracked(ssh));
  EXPECT_EQ(agent().status().drift, 1U);
  EXPECT_EQ(count_audited("firewall.repair"), 1U);
}

TEST_F(ForeignChange, ADeletedElementIsPutBack) {
  kernel_.delete_entry(tcp_key(kPeer, 22));
  announce();
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(ForeignChange, IsMendedAtOnceAlsoWhileARetryWaits) {
  firewall().fail_commits(kKernelRefuses);
  (void)request("203.0.113.8", 22, 1h);
  firewall().fail_commits(std::nullopt);
  kernel_.flush();
  announce();
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_TRUE(admits("203.0.113.8", 22));
}

TEST_F(ForeignChange, IsMendedAsSoonAsTheKernelLetsUs) {
  firewall().fail_commits(kKernelRefuses);
  kernel_.flush();
  announce();
  EXPECT_TRUE(admits(kStranger, 22));
  EXPECT_EQ(agent().status().state, AgentState::degraded);
  firewall().fail_commits(std::nullopt);
  pass(1s);
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(ForeignChange, ThatNobodyWasToldOfIsFoundByTheNextChange) {
  kernel_.flush();
  firewall().lose_events();
  const auto receipt = request("203.0.113.8", 22, 1h);
  poll();
  EXPECT_FALSE(admits(kStranger, 22)) << "a lost event does not leave the table gone for ever";
  EXPECT_TRUE(admits(kPeer, 22));
  EXPECT_TRUE(admits("203.0.113.8", 22));
  EXPECT_EQ(agent().status().drift, 1U);
}

TEST_F(ForeignChange, WhileDisabledIsLeftAlone) {
  ASSERT_TRUE(call(agent().disable(administrator())));
  kernel_.flush();
  announce();
  EXPECT_FALSE(kernel_.has_table());
  EXPECT_EQ(agent().status().drift, 0U);
}

}  // namespace
}  // namespace jitgate
