#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class Reload : public AgentRig {
 protected:
  Reload() { start(); }
  Config without(int number) {
    auto changed = config_;
    std::erase_if(changed.policy.ports, [&](const PolicyPort& port) { return port.number == port_number(number); });
    return changed;
  }
};

TEST_F(Reload, ThatRemovesAPortEndsItsGrantsAndLiftsItsLock) {
  const auto id = granted(kPeer, 22, 1h);
  const auto other = granted(kPeer, 80, 1h);
  ASSERT_TRUE(agent().reload(without(22)));
  poll();
  EXPECT_EQ(stored_reason(id), StatusReason::policy_changed);
  EXPECT_TRUE(admits(kStranger, 22));
  EXPECT_EQ(stored_reason(other), StatusReason::none);
  EXPECT_TRUE(admits(kPeer, 80));
  EXPECT_FALSE(admits(kStranger, 80));
  EXPECT_TRUE(agent().status().in_sync);
  EXPECT_EQ(count_audited("policy.change"), 1U);
}

TEST_F(Reload, ThatAddsAPortLocksItAndProtectsWhatIsThere) {
  auto more = config_;
  more.policy.ports.push_back(policy_port(443, Protocol::tcp));
  const auto before = tracker_->connect(Transport::tcp, prefix(kStranger), port_number(443));
  tracker_->flush();
  bool open = false;
  firewall().before_commit([&](const FirewallTransaction&) { open = open || admits(kStranger, 22); });
  ASSERT_TRUE(agent().reload(more));
  EXPECT_FALSE(open) << "the standing locks stay up";
  EXPECT_FALSE(admits(kStranger, 443));
  EXPECT_TRUE(tracker_->tracked(before));
  EXPECT_TRUE(std::ranges::count(tracker_->watched(), tcp(443)));
}

TEST_F(Reload, ThatNarrowsAPortEndsWhatItNoLongerAllows) {
  const auto inside = granted("198.51.100.1", 22, 1h);
  const auto outside = granted(kPeer, 22, 1h);
  auto narrower = config_;
  narrower.policy.ports[0].allowed_sources = {prefix("198.51.100.0/24")};
  ASSERT_TRUE(agent().reload(narrower));
  poll();
  EXPECT_EQ(stored_reason(inside), StatusReason::none);
  EXPECT_EQ(stored_reason(outside), StatusReason::policy_changed);
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(Reload, ThatNeedsARestartIsRefusedAndChangesNothing) {
  const auto id = granted(kPeer, 22, 1h);
  auto elsewhere = without(22);
  elsewhere.state_directory = "/elsewhere";
  const auto attempts = firewall().attempts();
  const auto refused = agent().reload(elsewhere);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::not_supported);
  EXPECT_EQ(agent().config(), config_);
  EXPECT_EQ(firewall().attempts(), attempts);
  EXPECT_EQ(stored_reason(id), StatusReason::none);
}

TEST_F(Reload, ThatNeedsARestartNamesTheKeysThatDo) {
  auto changed = config_;
  changed.host_id = "another";
  changed.audit.journald = !changed.audit.journald;
  EXPECT_EQ(agent().reload(changed).error().message,
            "it differs in what changes at a restart only: host.id, audit.journald");
}

TEST_F(Reload, OfTheSameConfigurationSendsNothing) {
  granted(kPeer, 22, 1h);
  const auto attempts = firewall().attempts();
  ASSERT_TRUE(agent().reload(config_));
  EXPECT_EQ(firewall().attempts(), attempts);
}

TEST_F(Reload, ToAuditModeLetsEverythingThroughAndBack) {
  auto audit = config_;
  audit.deny = DenyAction::audit;
  ASSERT_TRUE(agent().reload(audit));
  EXPECT_TRUE(admits(kStranger, 22));
  EXPECT_EQ(agent().status().state, AgentState::audit);
  ASSERT_TRUE(agent().reload(config_));
  EXPECT_FALSE(admits(kStranger, 22));
}

TEST_F(Reload, OfAlwaysAllowedSourcesTakesEffect) {
  auto changed = config_;
  changed.policy.always_allow = {prefix(kStranger)};
  ASSERT_TRUE(agent().reload(changed));
  EXPECT_TRUE(admits(kStranger, 22));
  EXPECT_FALSE(admits("192.0.2.10", 22));
}

TEST_F(Reload, WhileDisabledRaisesNothing) {
  ASSERT_TRUE(call(agent().disable(administrator())));
  ASSERT_TRUE(agent().reload(without(22)));
  EXPECT_FALSE(kernel_.has_table());
  ASSERT_TRUE(call(agent().enable(administrator(), {})));
  EXPECT_TRUE(admits(kStranger, 22)) << "by the new policy";
  EXPECT_FALSE(admits(kStranger, 80));
}

TEST_F(Reload, EndsGrantsThatWaitForTheClock) {
  const auto id = granted(kPeer, 22, 2h);
  clock_.set_synchronized(false);
  reboot("boot-2");
  ASSERT_TRUE(agent().reload(without(22)));
  poll();
  EXPECT_EQ(stored_reason(id), StatusReason::policy_changed);
}

TEST_F(Reload, OfTheTerminationRuleCountsForCutsThatAreStillToCome) {
  granted(kPeer, 81, 1h);
  const auto theirs = tracker_->connect(Transport::tcp, prefix(kPeer), port_number(81));
  pass(2h);
  auto keep = config_;
  for (auto& port : keep.policy.ports) port.on_expiry = KeepEstablished{};
  ASSERT_TRUE(agent().reload(keep));
  pass(24h);
  EXPECT_TRUE(tracker_->alive(theirs));
}

}  // namespace
}  // namespace jitgate
