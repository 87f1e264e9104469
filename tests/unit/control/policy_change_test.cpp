// The policy that is set through the API: what a change does.
#include <fstream>

#include "tests/unit/control/policy_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class PolicyChange : public PolicyRig {
 protected:
  PolicyChange() { start(); }
};

TEST_F(PolicyChange, NothingIsLockedBeforeOneIsSet) {
  EXPECT_TRUE(admits(kStranger, 22));
  const auto status = agent().status();
  EXPECT_EQ(status.state, AgentState::enforcing);
  EXPECT_EQ(status.policy_authority, "api");
  EXPECT_TRUE(mentions(status.reasons, "none is set"));
  EXPECT_FALSE(request(kPeer, 22, 1h));
}

TEST_F(PolicyChange, PutLocksAndGrantsAreJudgedByIt) {
  ASSERT_TRUE(put({ssh_}));
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_TRUE(admits(kStranger, 80));
  EXPECT_TRUE(agent().status().in_sync);
  EXPECT_TRUE(agent().status().reasons.empty());
  granted(kPeer, 22, 1h);
  EXPECT_TRUE(admits(kPeer, 22));
  EXPECT_FALSE(request(kPeer, 80, 1h));
  EXPECT_EQ(stored_policy(), std::vector{ssh_});
  EXPECT_EQ(count_audited("policy.change"), 1U);
}

TEST_F(PolicyChange, WithoutPortsIsTheSystemsManagementPort) {
  ASSERT_TRUE(call(agent().set_policy(administrator(), std::nullopt)));
  EXPECT_EQ(agent().config().policy.ports, std::vector{ssh_});
  EXPECT_FALSE(admits(kStranger, 22));
}

TEST_F(PolicyChange, DeleteUnlocksAndRevokesEveryGrant) {
  ASSERT_TRUE(put({ssh_, web_}));
  const auto id = granted(kPeer, 22, 1h);
  const auto taken = take_away();
  ASSERT_TRUE(taken);
  EXPECT_TRUE(*taken);
  EXPECT_TRUE(kernel_.only_tracks()) << "as it was before";
  EXPECT_TRUE(admits(kStranger, 22));
  EXPECT_EQ(stored_reason(id), StatusReason::policy_changed);
  EXPECT_EQ(count_audited("grant.revoke"), 1U);
  EXPECT_FALSE(take_away().value()) << "there is none any more";
  EXPECT_TRUE(agent().status().in_sync);
}

TEST_F(PolicyChange, RevokesWhatIsNoLongerASubsetAndLeavesTheRestAlone) {
  ASSERT_TRUE(put({ssh_}));
  const auto inside = granted("198.51.100.1", 22, 1h);
  const auto outside = granted(kPeer, 22, 1h);
  const auto before = stored(inside);
  ASSERT_TRUE(put({from(22, "198.51.100.0/24"), web_}));
  EXPECT_EQ(stored(inside), before);
  EXPECT_TRUE(admits("198.51.100.1", 22));
  EXPECT_EQ(stored_reason(outside), StatusReason::policy_changed);
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_FALSE(admits(kStranger, 80));
}

TEST_F(PolicyChange, EndsRequestsThatWaitForApproval) {
  auto approved = ssh_;
  approved.require_approval = true;
  ASSERT_TRUE(put({approved}));
  const auto id = granted(kPeer, 22, 1h);
  ASSERT_TRUE(stored(id).pending());
  ASSERT_TRUE(put({web_}));
  poll();
  EXPECT_EQ(stored_reason(id), StatusReason::policy_changed);
}

TEST_F(PolicyChange, KeepsWhatIsEstablishedWhereItLocks) {
  const auto before = tracker_->connect(Transport::tcp, prefix(kStranger), port_number(22));
  tracker_->flush();
  ASSERT_TRUE(put({ssh_}));
  EXPECT_TRUE(tracker_->tracked(before));
  EXPECT_TRUE(std::ranges::count(tracker_->watched(), tcp(22)));
}

TEST_F(PolicyChange, OfTheFilesPolicyIsAConflict) {
  kill();
  config_.policy_authority = PolicyAuthority::file;
  config_.policy.ports = {ssh_};
  start();
  EXPECT_EQ(put({web_}).error().code, errc::conflict);
  EXPECT_EQ(take_away().error().code, errc::conflict);
  EXPECT_EQ(agent().config().policy.ports, std::vector{ssh_});
  poll();
  EXPECT_EQ(count_audited("policy.change", "Refused"), 2U);
}

TEST_F(PolicyChange, ThatWouldLockTheApiItselfIsRefused) {
  kill();
  config_.https = HttpsConfig{{"0.0.0.0", 8443}, {}, {}};
  start();
  EXPECT_EQ(put({policy_port(8443, Protocol::tcp)}).error().code, errc::refused);
  EXPECT_EQ(put({policy_port(8443, Protocol::any)}).error().code, errc::refused);
  EXPECT_TRUE(put({policy_port(8443, Protocol::udp)}));
  kill();
  config_.https->listen.address = "127.0.0.1";
  start();
  EXPECT_TRUE(put({policy_port(8443, Protocol::tcp)})) << "loopback is never locked";
}

TEST_F(PolicyChange, IsRefusedWhileAnotherIsUnderWay) {
  store().hold_commits();
  const auto first = begin_put({ssh_});
  const auto second = begin_put({web_});
  ASSERT_TRUE(*second);
  EXPECT_EQ((*second)->error().code, errc::unavailable);
  store().release_commits();
  poll();
  ASSERT_TRUE(*first);
  EXPECT_TRUE(**first);
  EXPECT_EQ(stored_policy(), std::vector{ssh_});
}

TEST_F(PolicyChange, ThatCannotBeStoredChangesNothing) {
  ASSERT_TRUE(put({ssh_}));
  const auto id = granted(kPeer, 22, 1h);
  store().fail_commits(kDiskFull);
  EXPECT_EQ(put({from(22, "198.51.100.0/24"), web_}).error().code, errc::store_failed);
  EXPECT_TRUE(admits(kPeer, 22));
  EXPECT_TRUE(admits(kStranger, 80));
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_FALSE(take_away());
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_EQ(agent().config().policy.ports, std::vector{ssh_});
  store().fail_commits(std::nullopt);
  EXPECT_EQ(stored_reason(id), StatusReason::none);
  pass(2h);
  EXPECT_FALSE(admits(kPeer, 22)) << "its time goes on";
  EXPECT_EQ(stored_reason(id), StatusReason::expired);
}

TEST_F(PolicyChange, ThatTheFirewallRefusesChangesNothing) {
  ASSERT_TRUE(put({ssh_}));
  granted(kPeer, 22, 1h);
  firewall().fail_commits(kKernelRefuses);
  EXPECT_EQ(put({web_}).error().code, errc::firewall_failed);
  EXPECT_EQ(stored_policy(), std::vector{ssh_});
  firewall().fail_commits(std::nullopt);
  pass(1min);
  EXPECT_TRUE(admits(kPeer, 22));
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_TRUE(admits(kStranger, 80));
  EXPECT_TRUE(agent().status().in_sync);
}

TEST_F(PolicyChange, JudgesWhatIsAskedForMeanwhileByBothPolicies) {
  ASSERT_TRUE(put({ssh_, web_}));
  store().hold_commits();
  const auto changing = begin_put({web_, policy_port(443, Protocol::tcp)});
  EXPECT_FALSE(request(kPeer, 22, 1h)) << "not by the next one";
  EXPECT_FALSE(request(kPeer, 443, 1h)) << "not by the present one";
  const auto both = begin(agent().request(requester(), ask(kPeer, 80, 1h)));
  store().release_commits();
  poll();
  ASSERT_TRUE(*changing && **changing);
  ASSERT_TRUE(*both && **both);
  EXPECT_TRUE(admits(kPeer, 80));
}

TEST_F(PolicyChange, RevokesWhatWasGrantedBeforeAndIsWrittenMeanwhile) {
  ASSERT_TRUE(put({ssh_}));
  store().hold_commits();
  const auto granting = begin(agent().request(requester(), ask(kPeer, 22, 1h)));
  const auto changing = begin_put({web_});
  store().release_commits();
  poll();
  ASSERT_TRUE(*granting);
  EXPECT_FALSE(**granting);
  ASSERT_TRUE(*changing && **changing);
  EXPECT_TRUE(agent().status().in_sync);
  EXPECT_EQ(agent().status().active_grants, 0U);
}

TEST_F(PolicyChange, WhileDisabledLocksWhenItIsEnabled) {
  ASSERT_TRUE(call(agent().disable(administrator())));
  ASSERT_TRUE(put({ssh_}));
  EXPECT_FALSE(kernel_.has_table());
  ASSERT_TRUE(call(agent().enable(administrator(), {})));
  EXPECT_FALSE(admits(kStranger, 22));
}

TEST_F(PolicyChange, OfThousandsOfGrantsClosesThemAll) {
  kill();
  config_.limits.grants_per_requestor = 100'000;
  stock(2000, 1h);
  start();
  ASSERT_TRUE(put({ssh_})) << "whatever earlier grants there were ended with the policy";
  for (int i = 0; i < 1000; ++i) granted("10.1." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1), 22, 1h);
  store().hold_commits();
  const auto changing = begin_put({web_});
  EXPECT_TRUE(kernel_.open_keys().empty()) << "before it is durable";
  EXPECT_EQ(store().waiting_commits(), 1U);
  store().release_commits();
  poll();
  ASSERT_TRUE(*changing && **changing);
  EXPECT_EQ(agent().status().active_grants, 0U);
}

TEST_F(PolicyChange, ReloadKeepsItAndCannotMoveTheAuthority) {
  ASSERT_TRUE(put({ssh_}));
  auto changed = config_;
  changed.policy.always_allow = {prefix(kStranger)};
  ASSERT_TRUE(agent().reload(changed));
  EXPECT_TRUE(admits(kStranger, 22));
  EXPECT_FALSE(admits("198.51.100.1", 22));
  EXPECT_EQ(agent().config().policy.ports, std::vector{ssh_});
  changed.policy_authority = PolicyAuthority::file;
  EXPECT_EQ(agent().reload(changed).error().code, errc::not_supported);
  EXPECT_FALSE(admits("198.51.100.1", 22));
}

TEST_F(PolicyChange, LeavesAloneWhatEndsWhileTheKernelFollows) {
  ASSERT_TRUE(put({ssh_}));
  kill();
  config_.limits.grants_per_requestor = 100'000;
  const auto ids = stock(5000, 1h);
  start();
  auto changing = std::make_shared<std::optional<Result<void>>>();
  boost::asio::co_spawn(process_->context,
                        keep_result<Result<void>>(agent().set_policy(administrator(), std::vector{web_}), changing),
                        boost::asio::detached);
  // Before the loop turns again: the change has begun, and the kernel has not followed.
  process_->context.poll_one();
  ASSERT_TRUE(call(agent().revoke(administrator(), ids.front(), false)));
  ASSERT_TRUE(*changing && **changing);
  EXPECT_EQ(stored_reason(ids.front()), StatusReason::user_requested);
  EXPECT_EQ(stored_reason(ids.back()), StatusReason::policy_changed);
}

}  // namespace
}  // namespace jitgate
