#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class StatusTest : public AgentRig {};

TEST_F(StatusTest, WhileEnforcingTellsEveryField) {
  start();
  granted(kPeer, 22, 1h);
  granted("203.0.113.8", 22, 1h);
  const auto status = agent().status();
  EXPECT_EQ(status.host, "web-17");
  EXPECT_EQ(status.mode, "enforce");
  EXPECT_EQ(status.state, AgentState::enforcing);
  EXPECT_TRUE(status.in_sync);
  EXPECT_TRUE(status.reasons.empty());
  EXPECT_EQ(status.backend, "fake");
  ASSERT_EQ(status.ports.size(), 5U);
  EXPECT_EQ(status.ports[0].number, port_number(22));
  EXPECT_TRUE(status.ports[0].locked);
  EXPECT_EQ(status.ports[0].active_grants, 2U);
  EXPECT_EQ(status.ports[1].active_grants, 0U);
  EXPECT_EQ(status.active_grants, 2U);
  EXPECT_EQ(status.waiting_grants, 0U);
  EXPECT_EQ(status.denied_packets, 7U);
  EXPECT_EQ(status.trial_ends, std::nullopt);
  ASSERT_EQ(status.sources.size(), 1U);
  EXPECT_EQ(status.sources[0].name, "local");
}

TEST_F(StatusTest, TooLittleRoomForConnectionsIsToldWhileItLasts) {
  tracker_->set_load({10, 200, 300});
  start();
  EXPECT_FALSE(admits(kStranger, 22)) << "the locks come up all the same";
  const auto status = agent().status();
  EXPECT_EQ(status.state, AgentState::enforcing);
  ASSERT_EQ(status.reasons.size(), 1U);
  EXPECT_NE(status.reasons[0].find("raise net.netfilter.nf_conntrack_max"), std::string::npos);
  tracker_->set_load({10, 200, 3000});
  EXPECT_TRUE(agent().status().reasons.empty());
}

TEST_F(StatusTest, TakesTheHostFromTheConfiguration) {
  config_.host_id = "db-1";
  start();
  EXPECT_EQ(agent().status().host, "db-1");
  EXPECT_EQ(request(kPeer, 22, 1h).value().record.grant.virtual_machine, "db-1");
}

TEST_F(StatusTest, InAuditModeSaysSo) {
  config_.deny = DenyAction::audit;
  start();
  EXPECT_EQ(agent().status().state, AgentState::audit);
  EXPECT_EQ(agent().status().mode, "audit");
}

TEST_F(StatusTest, WhileDisabledShowsPortsUnlocked) {
  start();
  ASSERT_TRUE(call(agent().disable(administrator())));
  const auto status = agent().status();
  EXPECT_EQ(status.state, AgentState::disabled);
  EXPECT_TRUE(status.in_sync);
  EXPECT_FALSE(status.ports[0].locked);
  EXPECT_EQ(status.denied_packets, 7U) << "what was counted stays counted";
}

TEST_F(StatusTest, IsDegradedWhileTheFirewallRefuses) {
  start();
  firewall().fail_commits(kKernelRefuses);
  (void)request(kPeer, 22, 1h);
  const auto status = agent().status();
  EXPECT_EQ(status.state, AgentState::degraded);
  EXPECT_FALSE(status.in_sync);
  EXPECT_TRUE(mentions(status.reasons, "firewall: Cannot allocate memory"));
  firewall().fail_commits(std::nullopt);
  pass(1s);
  EXPECT_EQ(agent().status().state, AgentState::enforcing);
}

TEST_F(StatusTest, IsDegradedWhileTheFirewallCannotBeRead) {
  start();
  firewall().fail_reads(error(errc::firewall_failed, "Operation not permitted"));
  const auto status = agent().status();
  EXPECT_EQ(status.state, AgentState::degraded);
  EXPECT_FALSE(status.in_sync);
  EXPECT_FALSE(status.ports[0].locked) << "nothing is claimed that was not seen";
}

TEST_F(StatusTest, IsDegradedWhileTheStoreCannotBeWritten) {
  start();
  store().fail_commits(kDiskFull);
  (void)request(kPeer, 22, 1h);
  EXPECT_EQ(agent().status().state, AgentState::degraded);
  EXPECT_TRUE(mentions(agent().status().reasons, "store: the disk is full"));
  store().fail_commits(std::nullopt);
  pass(2s);
  EXPECT_EQ(agent().status().state, AgentState::enforcing);
}

TEST_F(StatusTest, IsTrueAboutAChangeOfThisMoment) {
  start();
  kernel_.flush();
  const auto status = agent().status();
  EXPECT_TRUE(status.in_sync) << "noticed, and mended, before it answers";
  EXPECT_EQ(status.drift, 1U);
  EXPECT_FALSE(admits(kStranger, 22));
}

TEST_F(StatusTest, IsNotInSyncAfterAChangeThatNobodyWasToldOf) {
  start();
  kernel_.flush();
  firewall().lose_events();
  const auto status = agent().status();
  EXPECT_FALSE(status.in_sync);
  EXPECT_EQ(status.state, AgentState::degraded);
}

TEST_F(StatusTest, NamesAConfigurationThatWasNotTakenOver) {
  start();
  agent().note_configuration_problem("jitgate.yaml:3:1: unknown key");
  EXPECT_TRUE(mentions(agent().status().reasons, "jitgate.yaml:3:1"));
  EXPECT_EQ(agent().status().state, AgentState::enforcing) << "the one in force is enforced";
  agent().note_configuration_problem(std::nullopt);
  EXPECT_TRUE(agent().status().reasons.empty());
}

}  // namespace
}  // namespace jitgate
