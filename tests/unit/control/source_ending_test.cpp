// What sources take back: withdrawal, revocation, silence.

#include "tests/unit/control/source_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class SourceEnding : public SourceRig {
 protected:
  void SetUp() override { start(); }
  void with_grant() { ASSERT_TRUE(deliver(snapshot({{"k", bytes_}}))); }

  std::string bytes_ = document("g-1", kPeer, 3h);
};

TEST_F(SourceEnding, AKeyThatIsRemovedEndsItsGrant) {
  with_grant();
  ASSERT_TRUE(deliver(change({}, {"k"})));
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(stored_reason("g-1"), StatusReason::user_requested);
  EXPECT_EQ(count_audited("grant.withdraw"), 1U);
}

TEST_F(SourceEnding, ASnapshotWithoutItEndsIt) {
  with_grant();
  ASSERT_TRUE(deliver(snapshot({})));
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(SourceEnding, AnotherDocumentUnderItsKeyEndsIt) {
  with_grant();
  ASSERT_TRUE(deliver(change({{"k", document("g-2", kStranger, 1h)}})));
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_TRUE(admits(kStranger, 22));
}

TEST_F(SourceEnding, AGrantUnderTwoKeysEndsWithTheSecond) {
  ASSERT_TRUE(deliver(snapshot({{"k", bytes_}, {"l", bytes_}})));
  ASSERT_TRUE(deliver(change({}, {"k"})));
  EXPECT_TRUE(admits(kPeer, 22));
  ASSERT_TRUE(deliver(change({}, {"l"})));
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(SourceEnding, SeveralSourcesOfOneGrantAreOneGrant) {
  with_grant();
  ASSERT_TRUE(deliver(snapshot({{"x", bytes_}}), "mirror"));
  EXPECT_EQ(agent().status().active_grants, 1U);
  ASSERT_TRUE(deliver(snapshot({})));
  EXPECT_TRUE(admits(kPeer, 22)) << "absence withdraws that source's claim only";
  restart();
  EXPECT_TRUE(admits(kPeer, 22));
  ASSERT_TRUE(deliver(snapshot({})));
  EXPECT_TRUE(admits(kPeer, 22)) << "who holds it is remembered over a restart";
  ASSERT_TRUE(deliver(snapshot({}), "mirror"));
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(SourceEnding, WhatWentWhileNobodyRanEndsAtTheFirstSnapshot) {
  with_grant();
  restart();
  EXPECT_TRUE(admits(kPeer, 22)) << "a source that cannot be reached is no reason to close";
  ASSERT_TRUE(deliver(change({{"other", document("g-2", kStranger, 1h)}})));
  EXPECT_TRUE(admits(kPeer, 22));
  ASSERT_TRUE(deliver(snapshot({})));
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(SourceEnding, AFailedDeliveryWithdrawsNothing) {
  with_grant();
  store().fail_known(kDiskFull);
  EXPECT_FALSE(deliver(snapshot({{"new", document("g-2", kStranger, 1h)}})));
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(SourceEnding, NoSourceWithdrawsWhatWasAskedForHere) {
  with_grant();
  const auto id = granted(kStranger, 22, 1h);
  ASSERT_TRUE(deliver(change({{"local", stored(id).document}})));
  ASSERT_TRUE(deliver(change({}, {"local"})));
  EXPECT_TRUE(admits(kStranger, 22));
}

TEST_F(SourceEnding, ItsOwnSourceRevokesIt) {
  with_grant();
  ASSERT_TRUE(deliver(change({{"r", revocation("g-1")}})));
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(stored_reason("g-1"), StatusReason::denied);
  ASSERT_TRUE(deliver(snapshot({{"k", bytes_}, {"r", revocation("g-1")}})));
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(count_audited("grant.revoke"), 1U);
}

TEST_F(SourceEnding, AnotherSourceDoesNotRevokeIt) {
  with_grant();
  ASSERT_TRUE(deliver(snapshot({{"r", revocation("g-1")}}), "mirror"));
  EXPECT_TRUE(admits(kPeer, 22));
  EXPECT_NE(last_refusal().find("came from hub"), std::string::npos) << last_refusal();
}

TEST_F(SourceEnding, ARevocationThatComesFirstIsRemembered) {
  ASSERT_TRUE(deliver(snapshot({{"r", revocation("g-1")}})));
  restart();
  ASSERT_TRUE(deliver(snapshot({{"k", bytes_}, {"r", revocation("g-1")}})));
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_NE(last_refusal().find("was revoked before it came (Denied) by source hub"), std::string::npos)
      << last_refusal();
  EXPECT_EQ(count_audited("grant.revoke"), 1U) << "said again, it is no news";
}

TEST_F(SourceEnding, ARevocationThatComesFirstBlocksNobodyElsesGrant) {
  ASSERT_TRUE(deliver(snapshot({{"r", revocation("g-1")}}), "mirror"));
  with_grant();
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(SourceEnding, ARevocationOnAFullDiskOutlivesARestart) {
  with_grant();
  store().fail_commits(kDiskFull);
  ASSERT_TRUE(deliver(change({{"r", revocation("g-1")}})));
  EXPECT_FALSE(admits(kPeer, 22));
  restart();
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(SourceEnding, OfASourceThatIsTakenOutOfTheConfiguration) {
  with_grant();
  auto without = config_;
  std::erase_if(without.sources, [](const SourceConfig& source) { return source.name == "hub"; });
  ASSERT_TRUE(agent().reload(without));
  poll();
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(stored_reason("g-1"), StatusReason::policy_changed);
}

TEST_F(SourceEnding, OfASourceThatWasTakenOutWhileNobodyRan) {
  with_grant();
  config_.sources.clear();
  restart();
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(stored_reason("g-1"), StatusReason::policy_changed);
}

TEST_F(SourceEnding, ACloneOpensAGrantThatItsSourceConfirms) {
  with_grant();
  kill();
  fingerprint_ = "machine-b";
  kernel_.reboot("boot-of-the-clone");
  start();
  EXPECT_FALSE(admits(kPeer, 22));
  ASSERT_TRUE(deliver(snapshot({{"k", bytes_}})));
  EXPECT_TRUE(admits(kPeer, 22));
  restart();
  EXPECT_TRUE(admits(kPeer, 22));
}

class SilentSource : public SourceEnding {
 protected:
  SilentSource() { source_config("hub").close_after = 10min; }
};

TEST_F(SilentSource, ClosesWhatItGrantedAndOpensItWhenHeard) {
  with_grant();
  const auto own = granted(kStranger, 22, 2h);
  agent().source_sink("hub")->note_contact();
  pass(10min - 1s);
  EXPECT_TRUE(admits(kPeer, 22));
  pass(1s);
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_TRUE(admits(kStranger, 22)) << "what was asked for here stays";
  EXPECT_EQ(stored_reason("g-1"), StatusReason::none);
  EXPECT_EQ(source_status("hub").state, "silent");
  EXPECT_EQ(count_audited("source.silent"), 1U);
  int resyncs = 0;
  agent().on_resync([&] { ++resyncs; });
  agent().source_sink("hub")->note_contact();
  agent().source_sink("hub")->note_contact();
  poll();
  EXPECT_FALSE(admits(kPeer, 22)) << "what it revoked meanwhile is not known yet";
  EXPECT_EQ(resyncs, 1);
  ASSERT_TRUE(deliver(snapshot({{"k", bytes_}})));
  EXPECT_TRUE(admits(kPeer, 22));
  EXPECT_EQ(count_audited("source.heard"), 1U);
}

TEST_F(SilentSource, HeardOfOftenStaysOpen) {
  with_grant();
  for (int i = 0; i < 8; ++i) {
    agent().source_sink("hub")->note_contact();
    pass(9min);
  }
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(SilentSource, ARestartDoesNotLengthenIt) {
  with_grant();
  agent().source_sink("hub")->note_contact();
  poll();
  pass(6min);
  restart();
  EXPECT_TRUE(admits(kPeer, 22));
  pass(4min);
  EXPECT_FALSE(admits(kPeer, 22));
  restart();
  EXPECT_FALSE(admits(kPeer, 22)) << "not for a moment";
}

TEST_F(SilentSource, AClockThatIsBehindAtBootDoesNotLengthenIt) {
  with_grant();
  agent().source_sink("hub")->note_contact();
  poll();
  pass(1s);
  const auto last_seen = clock_.wall_now();
  clock_.set_synchronized(false);
  kill();
  kernel_.reboot("boot-2");
  clock_.set_wall(last_seen);  // as it was written down when the machine went off, an hour ago
  start();
  EXPECT_FALSE(admits(kPeer, 22)) << "it waits for the clock";
  clock_.set_wall(last_seen + 1h);
  clock_.set_synchronized(true);
  firewall().before_commit([this](const FirewallTransaction&) { EXPECT_FALSE(admits(kPeer, 22)); });
  pass(2s);
  EXPECT_FALSE(admits(kPeer, 22)) << "not for a moment";
  EXPECT_EQ(source_status("hub").state, "silent");
  ASSERT_TRUE(deliver(snapshot({{"k", bytes_}})));
  firewall().before_commit(nullptr);
  pass(1s);
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(SilentSource, HeardWhileThePolicyChangesOpensNothingThatTheChangeCloses) {
  config_.policy_authority = PolicyAuthority::api;
  config_.policy.ports.clear();
  restart();
  ASSERT_TRUE(call(agent().set_policy(administrator(), std::vector{policy_port(22, Protocol::tcp)})));
  ASSERT_TRUE(deliver(snapshot({{"k", bytes_}})));
  pass(10min);
  ASSERT_FALSE(admits(kPeer, 22));
  store().hold_commits();
  const auto other = policy_port(22, Protocol::tcp, {prefix(kStranger)});
  const auto change = begin(agent().set_policy(administrator(), std::vector{other}));
  const auto delivered = begin(agent().source_sink("hub")->deliver(snapshot({{"k", bytes_}})));
  poll();
  ASSERT_FALSE(*change);
  EXPECT_EQ(source_status("hub").state, "ready");
  EXPECT_FALSE(admits(kPeer, 22));
  store().release_commits();
  poll();
  ASSERT_TRUE(*change);
  EXPECT_TRUE(**change);
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(stored_reason("g-1"), StatusReason::policy_changed);
}

TEST_F(SilentSource, SomebodyElseWhoHoldsItKeepsItOpen) {
  with_grant();
  ASSERT_TRUE(deliver(snapshot({{"k", bytes_}}), "mirror"));
  pass(30min);
  EXPECT_TRUE(admits(kPeer, 22));
  ASSERT_TRUE(deliver(snapshot({}), "mirror"));
  EXPECT_FALSE(admits(kPeer, 22)) << "only the silent one holds it now";
  ASSERT_TRUE(deliver(snapshot({{"k", bytes_}}), "mirror"));
  EXPECT_TRUE(admits(kPeer, 22)) << "and one who speaks, again";
}

TEST_F(SourceEnding, AReloadInTheMiddleOfADeliveryEndsNothing) {
  with_grant();
  store().hold_commits();
  const auto delivered =
      begin(agent().source_sink("hub")->deliver(snapshot({{"k", bytes_}, {"new", document("g-2", kStranger, 1h)}})));
  ASSERT_TRUE(agent().reload(config_));
  store().release_commits();
  poll();
  ASSERT_TRUE(delivered->has_value());
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(SourceEnding, WhileNobodyCanBeBelievedNothingEnds) {
  with_grant();
  kill();
  source_config("hub").needs_signature = true;
  config_.trust.allowed_signers = state_.file("not-there");
  start();
  EXPECT_EQ(deliver(snapshot({{"k", bytes_, "a signature"}})).error().code, errc::unavailable);
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(SourceEnding, AHolderThatIsNotConfiguredAnyMoreHoldsNothing) {
  with_grant();
  ASSERT_TRUE(deliver(snapshot({{"x", bytes_}}), "mirror"));
  std::erase_if(config_.sources, [](const SourceConfig& source) { return source.name == "hub"; });
  ASSERT_TRUE(agent().reload(config_));
  poll();
  EXPECT_TRUE(admits(kPeer, 22));
  ASSERT_TRUE(deliver(snapshot({}), "mirror"));
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(SourceEnding, AnEarlyRevocationThatCouldNotBeWrittenIsTriedAgain) {
  store().fail_commits(kDiskFull);
  EXPECT_FALSE(deliver(snapshot({{"r", revocation("g-1")}})));
  store().fail_commits(std::nullopt);
  ASSERT_TRUE(deliver(snapshot({{"r", revocation("g-1")}})));
  ASSERT_TRUE(deliver(snapshot({{"r", revocation("g-1")}, {"k", bytes_}})));
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(SourceEnding, WhatIsRevokedInTheSameBreathNeverOpens) {
  ASSERT_TRUE(deliver(snapshot({{"k", bytes_}, {"r", revocation("g-1")}})));
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(count_audited("grant.open"), 0U);
}

/// "hub" is given up while one of its deliveries waits for the disk.
class ReloadedSource : public SourceEnding {
 protected:
  void reload_without_hub() {
    auto without = config_;
    std::erase_if(without.sources, [](const SourceConfig& source) { return source.name == "hub"; });
    ASSERT_TRUE(agent().reload(without));
  }
  void release() {
    store().release_commits();
    poll();
  }
};

TEST_F(ReloadedSource, ThatIsGivenUpOpensNothingMore) {
  with_grant();
  store().hold_commits();
  const auto delivered = begin(agent().source_sink("hub")->deliver(change({{"new", document("g-2", kStranger, 1h)}})));
  reload_without_hub();
  release();
  ASSERT_TRUE(delivered->has_value());
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_FALSE(admits(kStranger, 22));
  EXPECT_EQ(stored_reason("g-2"), StatusReason::policy_changed);
}

TEST_F(ReloadedSource, WhatItsOldSelfSaidIsNotJudgedAsItsNewOnes) {
  with_grant();
  store().hold_commits();
  const auto first = begin(agent().source_sink("mirror")->deliver(change({{"m", document("g-2", kStranger, 1h)}})));
  const auto waiting = begin(agent().source_sink("hub")->deliver(change({{"new", document("g-3", "192.0.2.33", 1h)}})));
  std::get<HttpSourceConfig>(source_config("hub").settings).url = "https://another.example/";
  ASSERT_TRUE(agent().reload(config_));
  release();
  ASSERT_TRUE(*first && **first);
  ASSERT_TRUE(waiting->has_value());
  EXPECT_EQ((**waiting).error().code, errc::unavailable);
  EXPECT_FALSE(admits("192.0.2.33", 22));
}

TEST_F(ReloadedSource, WhatWasJudgedBeforeIsJudgedAgain) {
  with_grant();
  const std::string bytes = document("g-2", kStranger, 1h);
  store().hold_commits();
  const auto delivered = begin(agent().source_sink("hub")->deliver(change({{"new", bytes}})));
  source_config("hub").needs_signature = true;
  ASSERT_TRUE(agent().reload(config_));
  release();
  ASSERT_TRUE(delivered->has_value());
  ASSERT_TRUE(deliver(snapshot({{"k", bytes_}, {"new", bytes}})));
  EXPECT_FALSE(admits(kStranger, 22)) << "in the same words, but they have to be signed now";
}

}  // namespace
}  // namespace jitgate
