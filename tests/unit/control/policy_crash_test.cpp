// The policy that is set through the API, over crashes, reboots and failing disks.
#include <filesystem>
#include <fstream>

#include "tests/unit/control/policy_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class PolicyCrash : public PolicyRig {
 protected:
  /// No packet comes in that the stored policy locks out, unless a stored grant lets it.
  [[nodiscard]] bool closed_as_stored() const {
    Policy policy;
    policy.ports = stored_policy();
    for (const int number : {22, 80, 443}) {
      const auto* port = policy.find(port_number(number), Protocol::tcp);
      for (const char* source : {kPeer, kStranger, "198.51.100.1"}) {
        if (port != nullptr && admits(source, number) && !stored_grant(*port, source)) return false;
      }
    }
    return true;
  }
  [[nodiscard]] bool stored_grant(const PolicyPort& port, const char* source) const {
    const auto inside = [&](const AddressPrefix& allowed) { return allowed.contains(prefix(source)); };
    return std::ranges::any_of(port.allowed_sources, inside) &&
           std::ranges::any_of(disk_.records(), [&](const GrantRecord& record) {
             return record.active() && record.grant.ports[0].number == port.number &&
                    record.grant.ports[0].source == prefix(source);
           });
  }
  /// Checked whenever the kernel is about to change, and after every turn.
  void watch_every_step() {
    firewall().before_commit([this](const FirewallTransaction&) { EXPECT_TRUE(closed_as_stored()); });
  }
};

TEST_F(PolicyCrash, SurvivesARestart) {
  start();
  ASSERT_TRUE(put({ssh_}));
  granted(kPeer, 22, 1h);
  kill();
  EXPECT_FALSE(admits(kStranger, 22)) << "the table stays";
  start();
  EXPECT_EQ(agent().config().policy.ports, std::vector{ssh_});
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(PolicyCrash, LocksAfterARebootBeforeTheStoreIsRead) {
  start();
  ASSERT_TRUE(put({ssh_}));
  kill();
  kernel_.reboot("boot-2");
  make_process();
  store().fail_load(error(errc::store_failed, "the disk is broken"));
  start();
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_TRUE(admits(kStranger, 80));
  EXPECT_EQ(agent().status().state, AgentState::degraded);
  EXPECT_EQ(put({web_}).error().code, errc::unavailable);
  EXPECT_TRUE(call(agent().unlock(administrator(), {15min, std::nullopt, "fire"}))) << "the last way in";
  EXPECT_TRUE(admits(kStranger, 22));
  store().fail_load(std::nullopt);
  pass(2s);
  EXPECT_EQ(agent().config().policy.ports, std::vector{ssh_});
  EXPECT_TRUE(agent().status().in_sync);
}

TEST_F(PolicyCrash, KeepsWhatTheTableLocksWhereNothingElseIsKnown) {
  start();
  ASSERT_TRUE(put({ssh_}));
  kill();
  std::ofstream(state_.file("locked-ports")) << "nonsense";
  make_process();
  store().fail_load(error(errc::store_failed, "the disk is broken"));
  start();
  EXPECT_FALSE(admits(kStranger, 22));
}

TEST_F(PolicyCrash, AStoredPolicyThatCannotBeReadStaysLocked) {
  start();
  ASSERT_TRUE(put({ssh_}));
  StoreChange nonsense;
  nonsense.settings["policy"] = "{";
  boost::asio::co_spawn(disk_context_, disk_.commit(std::move(nonsense)), boost::asio::detached);
  disk_context_.run();
  restart();
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_EQ(agent().status().state, AgentState::degraded);
  ASSERT_TRUE(put({web_}));
  EXPECT_TRUE(admits(kStranger, 22));
  EXPECT_EQ(agent().status().state, AgentState::enforcing);
}

TEST_F(PolicyCrash, WithoutThePolicyGrantsWaitAndDoNotEnd) {
  start();
  ASSERT_TRUE(put({ssh_, web_}));
  const auto on_ssh = granted(kPeer, 22, 3h);
  const auto on_web = granted(kStranger, 80, 3h);
  StoreChange nonsense;
  nonsense.settings["policy"] = "{";
  boost::asio::co_spawn(disk_context_, disk_.commit(std::move(nonsense)), boost::asio::detached);
  disk_context_.run();
  restart();
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_FALSE(admits(kStranger, 80));
  EXPECT_EQ(stored_reason(on_ssh), StatusReason::none);
  const auto listed = call(agent().grants(administrator(), false)).value();
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].pending_reason, "the policy is not known, by which it was granted");
  ASSERT_TRUE(agent().reload(config_));
  EXPECT_EQ(stored_reason(on_ssh), StatusReason::none);
  ASSERT_TRUE(put({ssh_}));
  EXPECT_TRUE(admits(kPeer, 22));
  EXPECT_EQ(stored_reason(on_web), StatusReason::policy_changed);
}

TEST_F(PolicyCrash, AStoreThatIsLostOpensNothing) {
  start();
  ASSERT_TRUE(put({ssh_}));
  for (const bool rebooted : {false, true}) {
    kill();
    disk_.lose();
    if (rebooted) kernel_.reboot("boot-2");
    start();
    EXPECT_FALSE(admits(kStranger, 22));
    EXPECT_EQ(agent().status().state, AgentState::degraded);
    EXPECT_NE(agent().status().reasons.at(0).find("locked-ports"), std::string::npos);
    ASSERT_EQ(agent().status().ports.size(), 1U) << "what is locked is told, although there is no policy";
    EXPECT_EQ(agent().status().ports[0].number.value(), 22);
    EXPECT_TRUE(agent().status().ports[0].locked);
  }
  ASSERT_TRUE(put({web_}));
  EXPECT_TRUE(admits(kStranger, 22));
  EXPECT_FALSE(admits(kStranger, 80));
  EXPECT_EQ(agent().status().state, AgentState::enforcing);
}

TEST_F(PolicyCrash, AStoreThatNeverHadAPolicyIsNotALostOne) {
  config_.policy_authority = PolicyAuthority::source;
  config_.source_authority.minimum = {{port_number(22), Protocol::tcp}, {port_number(80), Protocol::tcp}};
  start();
  const auto id = granted(kPeer, 22, 3h);
  EXPECT_FALSE(admits(kStranger, 80));
  config_.source_authority.minimum.pop_back();
  restart();
  EXPECT_EQ(agent().status().state, AgentState::enforcing);
  EXPECT_TRUE(admits(kPeer, 22));
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_TRUE(admits(kStranger, 80)) << "nobody wants it locked any more";
  EXPECT_EQ(stored_reason(id), StatusReason::none);
}

TEST_F(PolicyCrash, AMinimumThatBecomesSmallerLocksLess) {
  config_.policy_authority = PolicyAuthority::source;
  config_.source_authority.minimum = {{port_number(22), Protocol::tcp}};
  start();
  auto wider = config_;
  wider.source_authority.minimum = {{port_number(22), Protocol::any}};
  ASSERT_TRUE(agent().reload(wider));
  poll();
  EXPECT_EQ(agent().status().ports.size(), 2U);
  ASSERT_TRUE(agent().reload(config_));
  poll();
  EXPECT_EQ(agent().status().ports.size(), 1U);
  EXPECT_TRUE(agent().status().in_sync);
}

TEST_F(PolicyCrash, ANewStoreWithoutAListOfPortsHasNoPolicy) {
  start();
  ASSERT_TRUE(put({ssh_}));
  ASSERT_TRUE(take_away());
  kill();
  disk_.lose();
  start();
  EXPECT_TRUE(admits(kStranger, 22));
  EXPECT_EQ(agent().status().state, AgentState::enforcing);
}

TEST_F(PolicyCrash, BeforeTheStoreHasItIsAsIfNothingHadHappened) {
  start();
  ASSERT_TRUE(put({ssh_}));
  granted(kPeer, 22, 1h);
  for (const bool deleting : {false, true}) {
    watch_every_step();
    store().hold_commits();
    if (deleting) {
      begin(agent().delete_policy(administrator()));
    } else {
      begin_put({from(22, "198.51.100.0/24"), web_});
    }
    EXPECT_TRUE(closed_as_stored());
    EXPECT_FALSE(admits(kPeer, 22)) << "what closes is closed before it is durable";
    EXPECT_FALSE(admits(kStranger, 22));
    kill();
    EXPECT_TRUE(closed_as_stored());
    start();
    EXPECT_EQ(agent().config().policy.ports, std::vector{ssh_});
    EXPECT_TRUE(admits(kPeer, 22));
    EXPECT_TRUE(admits(kStranger, 80));
  }
}

TEST_F(PolicyCrash, AfterTheStoreHasItComesUpWithTheNewOne) {
  start();
  ASSERT_TRUE(put({ssh_}));
  const auto id = granted(kPeer, 22, 1h);
  store().hold_commits();
  begin_put({from(22, "198.51.100.0/24"), web_});
  // The kernel refuses from now on what would come after: as if the process had ended there.
  firewall().fail_commits(kKernelRefuses);
  store().release_commits();
  poll();
  EXPECT_EQ(stored_policy().size(), 2U);
  EXPECT_TRUE(closed_as_stored());
  kill();
  start();
  EXPECT_TRUE(closed_as_stored());
  EXPECT_EQ(stored_reason(id), StatusReason::policy_changed);
  EXPECT_FALSE(admits(kStranger, 80));
  EXPECT_TRUE(agent().status().in_sync);
}

TEST_F(PolicyCrash, NoStepIsMoreOpenThanWhatIsStored) {
  start();
  watch_every_step();
  const std::vector<std::vector<PolicyPort>> policies{
      {ssh_}, {ssh_, web_}, {from(22, "198.51.100.0/24")}, {web_, policy_port(443, Protocol::any)}, {ssh_, web_}};
  for (const auto& ports : policies) {
    ASSERT_TRUE(put(ports));
    EXPECT_TRUE(closed_as_stored());
    for (const char* source : {kPeer, "198.51.100.1"}) (void)request(source, ports[0].number.value(), 1h);
    EXPECT_TRUE(closed_as_stored());
  }
  ASSERT_TRUE(take_away());
  EXPECT_TRUE(kernel_.only_tracks());
}

TEST_F(PolicyCrash, ThatIsDeletedStaysAway) {
  start();
  ASSERT_TRUE(put({ssh_}));
  ASSERT_TRUE(take_away());
  restart();
  EXPECT_TRUE(admits(kStranger, 22));
  reboot("boot-2");
  EXPECT_TRUE(admits(kStranger, 22));
  EXPECT_TRUE(agent().status().in_sync);
}

}  // namespace
}  // namespace jitgate
