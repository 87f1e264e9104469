// The order in which things come up: no moment more open than the policy and the grants say.
#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class StartUp : public AgentRig {
 protected:
  /// What the kernel was sent until now, in words.
  std::vector<std::string> sent() {
    std::vector<std::string> words;
    for (const auto& transaction : firewall().committed()) {
      if (const auto* table = std::get_if<ReplaceTable>(&transaction)) {
        words.push_back("replace " + std::to_string(table->lock.ports.size()) + "/" +
                        std::to_string(table->entries.size()));
      } else {
        words.emplace_back(std::holds_alternative<RemoveTable>(transaction) ? "remove" : "change");
      }
    }
    return words;
  }
};

TEST_F(StartUp, LocksBeforeTheStoreIsReadWhereNoTableStands) {
  make_process();
  store().fail_load(error(errc::store_failed, "the database is corrupt"));
  start();
  EXPECT_FALSE(admits(kPeer, 22)) << "although nothing could be read";
  EXPECT_EQ(sent(), (std::vector<std::string>{"replace 0/0", "replace 9/0"}));
}

TEST_F(StartUp, NothingOpensOfAStoreThatIsDamagedFurtherOn) {
  start();
  granted(kPeer, 22, 1h);
  granted(kStranger, 22, 1h);
  kill();
  kernel_.flush();
  make_process();
  store().break_load(error(errc::store_failed, "the database is corrupt"));
  start();
  EXPECT_FALSE(admits(kPeer, 22)) << "although the first of them was read";
  EXPECT_EQ(agent().status().active_grants, 0U);
  store().break_load(std::nullopt);
  pass(1s);
  EXPECT_TRUE(admits(kPeer, 22));
  EXPECT_TRUE(admits(kStranger, 22));
  EXPECT_EQ(agent().status().active_grants, 2U);
}

TEST_F(StartUp, RestoredGrantsFollowTheFirstLock) {
  start();
  granted(kPeer, 22, 1h);
  kill();
  kernel_.flush();
  start();
  EXPECT_EQ(sent(), (std::vector<std::string>{"replace 0/0", "replace 9/0", "change"}));
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(StartUp, AStandingTableIsReplacedOnceWithTheGrants) {
  start();
  granted(kPeer, 22, 1h);
  kill();
  make_process();
  bool gap = false;
  firewall().before_commit([&](const FirewallTransaction&) { gap = gap || !admits(kPeer, 22); });
  start();
  EXPECT_EQ(sent(), std::vector<std::string>{"replace 9/1"});
  EXPECT_FALSE(gap);
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(StartUp, AStandingTableWithoutOneOfThePortsIsReplacedBeforeTheStoreIsRead) {
  start();
  kill();
  config_.policy.ports.push_back(policy_port(443, Protocol::tcp));
  make_process();
  store().fail_load(error(errc::store_failed, "the database is corrupt"));
  start();
  EXPECT_FALSE(admits(kPeer, 443));
  EXPECT_EQ(sent(), std::vector<std::string>{"replace 10/0"}) << "without a moment of an empty lock in between";
}

TEST_F(StartUp, ATableWithoutItsRulesIsRebuilt) {
  start();
  kill();
  kernel_.edit_rules();
  start();
  EXPECT_TRUE(agent().status().in_sync);
}

TEST_F(StartUp, AFirewallThatRefusesIsTriedAgainUntilTheLockStands) {
  const auto before = tracker_->connect(Transport::tcp, prefix(kStranger), port_number(80));
  tracker_->flush();
  make_process();
  firewall().fail_commits(kKernelRefuses);
  bool protected_first = true;
  firewall().before_commit([&](const FirewallTransaction& transaction) {
    const auto* table = std::get_if<ReplaceTable>(&transaction);
    const bool rises = table != nullptr && !table->lock.ports.empty() && kernel_.only_tracks();
    if (rises) protected_first = protected_first && tracker_->tracked(before);
  });
  start();
  EXPECT_EQ(agent().status().state, AgentState::degraded);
  pass(5s);
  firewall().fail_commits(std::nullopt);
  pass(30s);
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(agent().status().state, AgentState::enforcing);
  EXPECT_TRUE(protected_first);
  EXPECT_TRUE(tracker_->tracked(before)) << "what was established has outlived the delay, too";
}

TEST_F(StartUp, AFirewallThatCannotBeReadIsLockedAllTheSame) {
  make_process();
  firewall().fail_reads(error(errc::firewall_failed, "Operation not permitted"));
  start();
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(StartUp, ABulkLoadThatIsRefusedHalfwayIsRetried) {
  stock(2'000, 1h);
  make_process();
  int sends = 0;
  firewall().before_commit([&](const FirewallTransaction& transaction) {
    const bool bulk = std::holds_alternative<ChangeEntries>(transaction);
    if (bulk && ++sends == 2) firewall().fail_next_commit(kKernelRefuses);
  });
  start();
  EXPECT_LT(kernel_.open_keys().size(), 2'000U);
  pass(1s);
  EXPECT_EQ(kernel_.open_keys().size(), 2'000U) << "nobody asked for anything meanwhile: the retry woke by itself";
}

TEST_F(StartUp, WhatThePolicyTookBackMeanwhileNeverOpens) {
  start();
  const auto id = granted(kPeer, 22, 1h);
  kill();
  kernel_.flush();
  config_.policy.ports[0].allowed_sources = {prefix("198.51.100.0/24")};
  make_process();
  bool put = false;
  firewall().before_commit([&](const FirewallTransaction& transaction) {
    const auto* change = std::get_if<ChangeEntries>(&transaction);
    put = put || (change != nullptr && !change->put.empty());
  });
  start();
  EXPECT_FALSE(put) << "not even for a moment";
  EXPECT_EQ(stored_reason(id), StatusReason::policy_changed);
  EXPECT_EQ(count_audited("grant.revoke"), 1U);
}

TEST_F(StartUp, WhatExpiredMeanwhileIsExpiredAlsoUnderAnotherPolicy) {
  start();
  const auto id = granted(kPeer, 22, 1h);
  kill();
  clock_.advance(2h);
  config_.policy.ports[0].allowed_sources = {prefix("198.51.100.0/24")};
  start();
  EXPECT_EQ(stored_reason(id), StatusReason::expired);
}

TEST_F(StartUp, WhileDisabledLocksNothing) {
  start();
  ASSERT_TRUE(call(agent().disable(administrator())));
  restart();
  EXPECT_FALSE(kernel_.has_table());
  EXPECT_EQ(agent().status().state, AgentState::disabled);
}

TEST_F(StartUp, WhileDisabledTakesAStandingTableAway) {
  start();
  kill();
  ASSERT_TRUE(Activation(config_.state_directory, runtime_.path(), clock_).disable());
  start();
  EXPECT_FALSE(kernel_.has_table());
}

TEST_F(StartUp, IsAudited) {
  start();
  EXPECT_EQ(count_audited("agent.start"), 1U);
}

TEST_F(StartUp, WithoutAnIdOfTheHostLocksAndOpensNothing) {
  host_id_.clear();
  start();
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_EQ(request(kPeer, 22, 1h).error().code, errc::unavailable);
  EXPECT_EQ(agent().status().state, AgentState::degraded);
  EXPECT_TRUE(mentions(agent().status().reasons, "host.id"));
}

TEST_F(StartUp, WithATrackerThatCannotBeOpenedLocks) {
  tracker_->fail_list(kKernelRefuses);
  tracker_->fail_seed(kKernelRefuses);
  start();
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_EQ(agent().status().state, AgentState::degraded);
}

}  // namespace
}  // namespace jitgate
