// What becomes of established connections: kept, cut, and never more than the grant's own.
#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class Connections : public AgentRig {
 protected:
  std::uint64_t connect(std::string_view peer, int number, Transport transport = Transport::tcp) {
    return tracker_->connect(transport, prefix(peer), port_number(number));
  }
  bool alive(std::uint64_t cookie) const { return tracker_->alive(cookie); }
  bool lives_on(std::uint64_t cookie) const { return tracker_->alive(cookie) && tracker_->tracked(cookie); }
};

TEST_F(Connections, SurviveExpiryWhereThePolicyKeepsThem) {
  start();
  granted(kPeer, 22, 1h);
  const auto ssh = connect(kPeer, 22);
  pass(20h);
  EXPECT_TRUE(lives_on(ssh));
}

TEST_F(Connections, AreCutAtExpiryWhereThePolicyTerminates) {
  start();
  const auto id = granted(kPeer, 80, 1h);
  const auto theirs = connect(kPeer, 80);
  const auto others = connect("192.0.2.10", 80);
  pass(1h - 1s);
  EXPECT_TRUE(alive(theirs));
  pass(1s);
  EXPECT_FALSE(alive(theirs));
  EXPECT_TRUE(alive(others)) << "always allowed";
  EXPECT_FALSE(stored(id).states[0].cut_pending);
  EXPECT_EQ(count_audited("connection.terminate"), 1U);
}

TEST_F(Connections, AreKeptForAsLongAsThePolicySays) {
  start();
  const auto id = granted(kPeer, 81, 1h);
  const auto theirs = connect(kPeer, 81);
  pass(9h - 1s);
  EXPECT_TRUE(alive(theirs));
  EXPECT_TRUE(stored(id).states[0].cut_pending);
  pass(1s);
  EXPECT_FALSE(alive(theirs));
  EXPECT_FALSE(stored(id).states[0].cut_pending);
}

TEST_F(Connections, OfUdpEndAnHourAfterTheGrant) {
  start();
  granted(kPeer, 53, 1h);
  const auto flow = connect(kPeer, 53, Transport::udp);
  pass(2h - 1s);
  EXPECT_TRUE(alive(flow));
  pass(1s);
  EXPECT_FALSE(alive(flow)) << "whatever onExpiry says";
}

TEST_F(Connections, OfOneGrantEndByTransport) {
  start();
  granted(kPeer, 500, 1h);
  const auto tcp_flow = connect(kPeer, 500);
  const auto udp_flow = connect(kPeer, 500, Transport::udp);
  pass(2h);
  EXPECT_FALSE(alive(udp_flow)) << "the hour of UDP, not the eight of the policy";
  EXPECT_TRUE(alive(tcp_flow));
  pass(7h);
  EXPECT_FALSE(alive(tcp_flow));
}

TEST_F(Connections, AreSparedWhileAnotherGrantAdmitsThem) {
  start();
  granted(kPeer, 80, 1h);
  ASSERT_TRUE(request("203.0.113.0/24", 80, 2h, requester("other")));
  const auto theirs = connect(kPeer, 80);
  pass(1h);
  EXPECT_TRUE(alive(theirs));
  pass(1h);
  EXPECT_FALSE(alive(theirs)) << "the last one to admit them has ended";
}

TEST_F(Connections, SurviveANewerRequest) {
  start();
  granted(kPeer, 80, 1h);
  const auto theirs = connect(kPeer, 80);
  granted(kPeer, 80, 30min);
  pass(20min);
  EXPECT_TRUE(alive(theirs));
  pass(10min);
  EXPECT_FALSE(alive(theirs));
}

TEST_F(Connections, AreKeptByALaterCutOfAnotherGrant) {
  start();
  granted(kPeer, 81, 1h);
  ASSERT_TRUE(request(kPeer, 81, 3h, requester("other")));
  const auto theirs = connect(kPeer, 81);
  pass(9h);
  EXPECT_TRUE(alive(theirs)) << "the second grant's eight hours run until eleven";
  pass(2h);
  EXPECT_FALSE(alive(theirs));
}

TEST_F(Connections, FromBeforeTheLockBelongToNoGrant) {
  const auto before = connect(kPeer, 80);
  start();
  const auto id = granted(kPeer, 80, 1h);
  const auto after = connect(kPeer, 80);
  const auto revoked = revoke(id, true).value();
  EXPECT_EQ(revoked.terminated, 1U);
  EXPECT_FALSE(alive(after));
  EXPECT_TRUE(alive(before));
}

TEST_F(Connections, ThatCannotBeCutAreTriedAgain) {
  start();
  const auto id = granted(kPeer, 80, 1h);
  const auto theirs = connect(kPeer, 80);
  tracker_->fail_terminate(error(errc::system_failed, "out of memory"));
  pass(1h + 10s);
  EXPECT_TRUE(alive(theirs));
  EXPECT_TRUE(stored(id).states[0].cut_pending);
  const auto status = agent().status();
  EXPECT_EQ(status.state, AgentState::degraded);
  ASSERT_EQ(status.reasons.size(), 1U);
  EXPECT_NE(status.reasons[0].find("out of memory"), std::string::npos) << status.reasons[0];
  tracker_->fail_terminate(std::nullopt);
  pass(1min);
  EXPECT_FALSE(alive(theirs));
  EXPECT_FALSE(stored(id).states[0].cut_pending);
  EXPECT_EQ(agent().status().state, AgentState::enforcing);
}

TEST_F(Connections, ThatTheKernelNeverCutsAreTriedEverMoreRarely) {
  start();
  granted(kPeer, 80, 1h);
  granted("203.0.113.8", 80, 2h);
  connect(kPeer, 80);
  tracker_->fail_terminate(error(errc::system_failed, "Operation not supported"));
  pass(1h + 59min);
  EXPECT_LE(tracker_->terminate_calls(), 70U) << "once a minute";
  const auto before = tracker_->terminate_calls();
  pass(1min);
  EXPECT_GE(tracker_->terminate_calls(), before + 1) << "a cut that falls due is tried at once";
}

TEST_F(Connections, OfManyGrantsAreCutInOneLook) {
  config_.limits.grants_per_requestor = 1'000;
  config_.limits.grants_per_source = 1'000;
  start();
  for (int i = 1; i <= 200; ++i) {
    granted("10.0.0." + std::to_string(i), 80, 1h);
    connect("10.0.0." + std::to_string(i), 80);
  }
  pass(1h);
  EXPECT_EQ(tracker_->terminate_calls(), 1U);
  EXPECT_TRUE(tracker_->list({tcp(80)}).value().empty());
}

TEST_F(Connections, AreLookedForAmongTheSourcesOfWhatEnded) {
  start();
  granted(kPeer, 80, 1h);
  granted("198.51.100.0/24", 80, 1h);
  granted("203.0.113.8", 80, 2h);
  pass(1h);
  auto ended = tracker_->last_terminated();
  std::ranges::sort(ended);
  EXPECT_EQ(ended, (std::vector<AllowKey>{{prefix("198.51.100.0/24"), tcp(80)}, {prefix(kPeer), tcp(80)}}));
  granted(kPeer, 53, 1h);
  pass(2h);
  EXPECT_EQ(tracker_->last_terminated(), (std::vector<AllowKey>{{prefix(kPeer), udp(53)}})) << "an hour after its end";
  ASSERT_TRUE(revoke(granted("203.0.113.0/24", 22, 1h), true));
  EXPECT_EQ(tracker_->last_terminated(), (std::vector<AllowKey>{{prefix("203.0.113.0/24"), tcp(22)}}));
}

TEST_F(Connections, AreCutByRevocationOnlyWhenAsked) {
  start();
  const auto first = granted(kPeer, 22, 1h);
  const auto ssh = connect(kPeer, 22);
  const auto other_port = connect(kPeer, 81);
  EXPECT_EQ(revoke(first).value().terminated, 0U);
  EXPECT_TRUE(alive(ssh));
  const auto second = granted(kPeer, 22, 1h);
  EXPECT_EQ(revoke(second, true).value().terminated, 1U);
  EXPECT_FALSE(alive(ssh));
  EXPECT_TRUE(alive(other_port));
}

TEST_F(Connections, AreSparedByATerminatingRevocationWhileAnotherGrantAdmitsThem) {
  start();
  const auto mine = granted(kPeer, 22, 1h);
  ASSERT_TRUE(request(kPeer, 22, 1h, requester("other")));
  const auto ssh = connect(kPeer, 22);
  EXPECT_EQ(revoke(mine, true).value().terminated, 0U);
  EXPECT_TRUE(alive(ssh));
}

TEST_F(Connections, ThatCannotBeCutAreReportedByTheRevocation) {
  start();
  const auto id = granted(kPeer, 22, 1h);
  tracker_->fail_terminate(error(errc::system_failed, "out of memory"));
  const auto revoked = revoke(id, true);
  ASSERT_FALSE(revoked);
  EXPECT_EQ(revoked.error().code, errc::system_failed);
  EXPECT_FALSE(admits(kPeer, 22)) << "closed all the same";
  EXPECT_EQ(stored_reason(id), StatusReason::user_requested);
}

TEST_F(Connections, OfARemovedPortStay) {
  start();
  granted(kPeer, 80, 1h);
  const auto theirs = connect(kPeer, 80);
  auto without = config_;
  std::erase_if(without.policy.ports, [](const PolicyPort& port) { return port.number == port_number(80); });
  ASSERT_TRUE(agent().reload(without));
  pass(24h);
  EXPECT_TRUE(alive(theirs));
}

TEST_F(Connections, AreLeftAloneInADryRun) {
  tracker_.reset();
  start();
  const auto id = granted(kPeer, 80, 1h);
  pass(1h);
  EXPECT_EQ(stored_reason(id), StatusReason::expired);
  EXPECT_FALSE(stored(id).states[0].cut_pending);
}

}  // namespace
}  // namespace jitgate
