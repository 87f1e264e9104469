// Expiry and revocation: closed first, recorded then, and recorded for certain.
#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class EndOfGrant : public AgentRig {
 protected:
  EndOfGrant() { start(); }
};

TEST_F(EndOfGrant, ExpiryClosesOnTimeAndIsRecorded) {
  const auto id = granted(kPeer, 22, 1h);
  const auto end = clock_.wall_now() + 1h;
  pass(1h - 1ms);
  EXPECT_TRUE(admits(kPeer, 22));
  pass(1ms);
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(stored_reason(id), StatusReason::expired);
  EXPECT_EQ(stored(id).states[0].ended_at, end);
  EXPECT_EQ(count_audited("grant.expire"), 1U);
  EXPECT_EQ(agent().status().active_grants, 0U);
}

TEST_F(EndOfGrant, TheKernelClosesOnTimeThoughTheDaemonIsDead) {
  granted(kPeer, 22, 1h);
  kill();
  clock_.advance(1h - 1ms);
  EXPECT_TRUE(admits(kPeer, 22));
  clock_.advance(1ms);
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(EndOfGrant, ExpiryIsRecordedWithItsOwnTimeHoweverLateItIsNoticed) {
  const auto id = granted(kPeer, 22, 1h);
  const auto end = clock_.wall_now() + 1h;
  kill();
  clock_.advance(5h);
  start();
  EXPECT_EQ(stored_reason(id), StatusReason::expired);
  EXPECT_EQ(stored(id).states[0].ended_at, end);
}

TEST_F(EndOfGrant, AThousandExpireInFewTransactions) {
  kill();
  stock(1'000, 1h);
  start();
  const auto before = firewall().attempts();
  const auto commits = store().commits();
  pass(1h);
  EXPECT_TRUE(kernel_.open_keys().empty());
  EXPECT_EQ(agent().status().active_grants, 0U);
  EXPECT_LE(firewall().attempts() - before, 3U);
  EXPECT_LE(store().commits() - commits, 3U);
  EXPECT_EQ(count_audited("grant.expire"), 1'000U);
}

TEST_F(EndOfGrant, NothingWakesTheDaemonWhileNothingIsDue) {
  granted(kPeer, 22, 3h);
  const auto wakes = time().wakes();
  pass(2h);
  EXPECT_EQ(time().wakes(), wakes);
}

TEST_F(EndOfGrant, RevocationClosesBeforeItIsRecorded) {
  const auto id = granted(kPeer, 22, 1h);
  store().hold_commits();
  const auto revoked = begin(agent().revoke(requester(), id, false));
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_FALSE(*revoked);
  store().release_commits();
  poll();
  ASSERT_TRUE(**revoked);
  EXPECT_EQ(stored_reason(id), StatusReason::user_requested);
  EXPECT_EQ(count_audited("grant.revoke"), 1U);
}

TEST_F(EndOfGrant, RevocationClosesWithTheStoreDownAndIsRecordedLater) {
  const auto id = granted(kPeer, 22, 1h);
  store().fail_commits(kDiskFull);
  const auto revoked = revoke(id);
  ASSERT_FALSE(revoked);
  EXPECT_EQ(revoked.error().code, errc::store_failed);
  EXPECT_FALSE(admits(kPeer, 22)) << "a full disk never keeps a port open";
  pass(5min);
  EXPECT_EQ(stored_reason(id), StatusReason::none);
  EXPECT_FALSE(agent().settled());
  store().fail_commits(std::nullopt);
  pass(1min);
  EXPECT_EQ(stored_reason(id), StatusReason::user_requested);
  EXPECT_EQ(count_audited("grant.revoke"), 1U);
  EXPECT_TRUE(agent().settled());
}

TEST_F(EndOfGrant, ARevocationThatTheFirewallRefusesSaysSoAndIsRetried) {
  const auto id = granted(kPeer, 22, 1h);
  firewall().fail_commits(kKernelRefuses);
  const auto revoked = revoke(id);
  ASSERT_FALSE(revoked);
  EXPECT_EQ(revoked.error().code, errc::firewall_failed);
  EXPECT_EQ(stored_reason(id), StatusReason::user_requested);
  firewall().fail_commits(std::nullopt);
  pass(1s);
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_TRUE(agent().status().in_sync);
}

TEST_F(EndOfGrant, RevocationWithStoreAndFirewallDownIsMadeUpFor) {
  const auto id = granted(kPeer, 22, 1h);
  firewall().fail_commits(kKernelRefuses);
  store().fail_commits(kDiskFull);
  EXPECT_FALSE(revoke(id));
  pass(10s);
  firewall().fail_commits(std::nullopt);
  store().fail_commits(std::nullopt);
  pass(2min);
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(stored_reason(id), StatusReason::user_requested);
}

TEST_F(EndOfGrant, RevocationOfAnothersGrantIsNotFoundAndAudited) {
  const auto id = granted(kPeer, 22, 1h);
  const auto refused = call(agent().revoke(requester("other"), id, false));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::not_found);
  EXPECT_TRUE(admits(kPeer, 22));
  poll();
  EXPECT_EQ(count_audited("grant.revoke", "Refused"), 1U);
  EXPECT_TRUE(call(agent().revoke(administrator(), id, false)));
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(EndOfGrant, ASecondRevocationIsNotFound) {
  const auto id = granted(kPeer, 22, 1h);
  ASSERT_TRUE(revoke(id));
  EXPECT_EQ(revoke(id).error().code, errc::not_found);
}

TEST_F(EndOfGrant, RevocationOfAnOverlappingGrantLeavesTheOther) {
  const auto mine = granted(kPeer, 22, 2h);
  ASSERT_TRUE(request(kPeer, 22, 1h, requester("other")));
  ASSERT_TRUE(revoke(mine));
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 1h);
}

TEST_F(EndOfGrant, RevocationDuringABulkLoadIsSentFirst) {
  kill();
  const auto victim = stock(2'000, 1h).front();
  make_process();
  agent().start();  // the bulk is on its way: the event loop has not run yet
  EXPECT_GT(2'000U, kernel_.open_keys().size());
  const auto revoked = begin(agent().revoke(administrator(), victim, false));
  EXPECT_FALSE(admits("10.0.0.1", 22));
  poll();
  EXPECT_EQ(kernel_.open_keys().size(), 1'999U);
}

}  // namespace
}  // namespace jitgate
