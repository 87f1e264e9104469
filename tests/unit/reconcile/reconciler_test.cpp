#include <gtest/gtest.h>

#include "tests/unit/reconcile/reconciler_fixture.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;
using State = Reconciler::State;

const Error kRefused = error(errc::firewall_failed, "Cannot allocate memory");

class ReconcilerTest : public testing::Test, protected ReconcilerRig {
 protected:
  void raise() {
    reconciler_.want_lock(lock());
    run();
    firewall_.forget_history();
  }
  template <class Kind>
  const Kind& sent(std::size_t index) const {
    return std::get<Kind>(firewall_.committed().at(index));
  }
};

TEST_F(ReconcilerTest, SendsNothingBeforeALockIsWanted) {
  open(key(1));
  EXPECT_FALSE(step());
  EXPECT_EQ(reconciler_.state(), State::awaiting);
  EXPECT_FALSE(reconciler_.in_sync());
}

TEST_F(ReconcilerTest, BuildsTheLockWithWhatIsOpen) {
  want(key(1), 1h);
  reconciler_.want_lock(lock());
  run();
  EXPECT_TRUE(equal());
  EXPECT_EQ(firewall_.committed().size(), 1U) << "one transaction, no moment without the grant";
  EXPECT_TRUE(reconciler_.in_sync());
}

TEST_F(ReconcilerTest, SendsOnlyTheDifference) {
  want(key(1), 1h);
  raise();
  open(key(2));
  run();
  ASSERT_EQ(firewall_.committed().size(), 1U);
  EXPECT_EQ(sent<ChangeEntries>(0).put.size(), 1U);
  close(key(1));
  run();
  EXPECT_EQ(sent<ChangeEntries>(1).close, std::vector{key(1)});
  EXPECT_TRUE(equal());
}

TEST_F(ReconcilerTest, ReadsWhatIsDesiredAtTheMomentOfSending) {
  raise();
  open(key(1), 1h);
  open(key(1), 2h);
  close(key(2));
  run();
  ASSERT_EQ(firewall_.committed().size(), 1U);
  EXPECT_EQ(sent<ChangeEntries>(0).put, (std::vector<AllowEntry>{{key(1), clock_.boot_now() + 2h}}));
}

TEST_F(ReconcilerTest, ClosesWhatHasPassedItsDeadlineBeforeItWasSent) {
  raise();
  open(key(1), 1s);
  clock_.advance(1s);
  run();
  EXPECT_TRUE(sent<ChangeEntries>(0).put.empty()) << "a deadline that is over cannot be written down";
  EXPECT_EQ(sent<ChangeEntries>(0).close, std::vector{key(1)});
}

TEST_F(ReconcilerTest, CutsABulkIntoTransactions) {
  for (int i = 0; i < 2'000; ++i) want(key(i), 1h);
  reconciler_.want_lock(lock());
  run();
  ASSERT_EQ(firewall_.committed().size(), 3U);
  EXPECT_EQ(sent<ReplaceTable>(0).entries.size(), kMaxEntriesPerTransaction);
  EXPECT_EQ(sent<ChangeEntries>(1).put.size(), kMaxEntriesPerTransaction);
  EXPECT_EQ(sent<ChangeEntries>(2).put.size(), 200U);
  EXPECT_TRUE(equal());
}

TEST_F(ReconcilerTest, ANewKeyOvertakesTheBulk) {
  for (int i = 0; i < 3'000; ++i) want(key(i), 1h);
  reconciler_.want_lock(lock());
  step();
  open(key(5'000));
  step();
  EXPECT_EQ(sent<ChangeEntries>(1).put.front().key, key(5'000));
}

TEST_F(ReconcilerTest, AWaitingKeyThatIsTouchedAgainOvertakesTheBulk) {
  std::vector<AllowKey> bulk;
  for (int i = 0; i < 3'000; ++i) bulk.push_back(key(i));
  raise();
  for (const auto& each : bulk) want(each, 1h);
  reconciler_.touch(bulk);  // the first is last now
  close(key(0));
  step();
  EXPECT_EQ(sent<ChangeEntries>(0).close, std::vector{key(0)});
}

TEST_F(ReconcilerTest, WhatWasTouchedLastIsInTheRebuild) {
  for (int i = 0; i < 3'000; ++i) want(key(i), 1h);
  raise();
  open(key(5'000));
  reconciler_.foreign_change();
  step();
  EXPECT_EQ(sent<ReplaceTable>(0).entries.front().key, key(5'000));
}

TEST_F(ReconcilerTest, ARefusedChangeIsRetriedAndNothingIsLost) {
  raise();
  firewall_.fail_next_commit(kRefused);
  open(key(1));
  open(key(2));
  EXPECT_TRUE(step());
  EXPECT_EQ(reconciler_.state(), State::backoff);
  EXPECT_EQ(reconciler_.last_error()->message, kRefused.message);
  EXPECT_FALSE(step()) << "not before its time";
  settle();
  EXPECT_TRUE(equal());
  EXPECT_TRUE(reconciler_.in_sync());
  EXPECT_FALSE(reconciler_.last_error());
}

TEST_F(ReconcilerTest, BacksOffLongerEachTimeUpToHalfAMinute) {
  raise();
  firewall_.fail_commits(kRefused);
  open(key(1));
  std::vector<Duration> waits;
  for (int i = 0; i < 12; ++i) {
    step();
    waits.push_back(*reconciler_.retry_at() - clock_.boot_now());
    clock_.advance(waits.back());
  }
  EXPECT_EQ(waits[0], 100ms);
  EXPECT_EQ(waits[1], 200ms);
  EXPECT_EQ(waits.back(), 30s);
  firewall_.fail_commits(std::nullopt);
  settle();
  firewall_.fail_next_commit(kRefused);
  open(key(2));
  step();
  EXPECT_EQ(*reconciler_.retry_at() - clock_.boot_now(), 100ms) << "success starts anew";
}

TEST_F(ReconcilerTest, ARevocationDoesNotWaitForAnothersRetry) {
  want(key(1), 1h);
  raise();
  firewall_.refuse_key(key(2));
  open(key(2));
  run();
  ASSERT_EQ(reconciler_.state(), State::backoff);
  close(key(1));
  settle(5);
  EXPECT_FALSE(kernel_.left(key(1)));
}

TEST_F(ReconcilerTest, AnEntryThatIsNeverTakenHoldsUpNoOther) {
  raise();
  firewall_.refuse_key(key(500));
  std::vector<AllowKey> keys;
  for (int i = 0; i < 1'000; ++i) {
    want(key(i), 48h);
    keys.push_back(key(i));
  }
  reconciler_.touch(keys);
  settle(40);
  EXPECT_EQ(kernel_.open_keys().size(), 999U);
  EXPECT_FALSE(reconciler_.in_sync());
  EXPECT_TRUE(reconciler_.last_error());
  firewall_.refuse_key(std::nullopt);
  settle();
  EXPECT_TRUE(equal());
}

TEST_F(ReconcilerTest, AnEntryThatIsNeverTakenDoesNotKeepTheLockDown) {
  want(key(1), 48h);
  want(key(2), 48h);
  firewall_.refuse_key(key(2));
  reconciler_.want_lock(lock());
  settle(10);
  EXPECT_TRUE(kernel_.locks(tcp(22)));
  EXPECT_TRUE(kernel_.left(key(1)));
}

TEST_F(ReconcilerTest, ARefusedRebuildIsRetriedWithEverything) {
  want(key(1), 1h);
  reconciler_.want_lock(lock());
  firewall_.fail_next_commit(kRefused);
  firewall_.fail_next_commit(kRefused);
  step();
  EXPECT_FALSE(kernel_.has_table());
  settle();
  EXPECT_TRUE(equal());
}

TEST_F(ReconcilerTest, AForeignChangeIsMendedAtOnceDuringBackoff) {
  raise();
  firewall_.fail_next_commit(kRefused);
  open(key(1));
  step();
  kernel_.flush();
  reconciler_.foreign_change();
  EXPECT_TRUE(step()) << "a hole does not wait";
  EXPECT_TRUE(equal());
  EXPECT_EQ(reconciler_.drift(), 1U);
}

TEST_F(ReconcilerTest, AForeignChangeWhileAChangeIsUnderWayIsNotForgotten) {
  want(key(1), 1h);
  raise();
  open(key(2));
  const auto transaction = reconciler_.next(clock_.boot_now());
  ASSERT_TRUE(firewall_.commit(*transaction));
  kernel_.flush();
  reconciler_.foreign_change();
  reconciler_.succeeded();
  EXPECT_FALSE(reconciler_.in_sync());
  run();
  EXPECT_TRUE(equal());
}

TEST_F(ReconcilerTest, AChangeThatFailsWhileARebuildIsWantedLeadsToTheRebuild) {
  want(key(1), 1h);
  raise();
  open(key(2));
  (void)reconciler_.next(clock_.boot_now());
  kernel_.flush();
  reconciler_.foreign_change();
  reconciler_.failed(kRefused, clock_.boot_now());
  settle();
  EXPECT_TRUE(equal());
}

TEST_F(ReconcilerTest, ATouchWhileARebuildIsUnderWayIsSentAfterIt) {
  reconciler_.want_lock(lock());
  const auto transaction = reconciler_.next(clock_.boot_now());
  open(key(1));
  ASSERT_TRUE(firewall_.commit(*transaction));
  reconciler_.succeeded();
  EXPECT_FALSE(reconciler_.in_sync());
  run();
  EXPECT_TRUE(equal());
}

TEST_F(ReconcilerTest, TakesEverythingAwayWhenNothingIsWanted) {
  want(key(1), 1h);
  raise();
  reconciler_.want_nothing();
  run();
  EXPECT_FALSE(kernel_.has_table());
  EXPECT_TRUE(reconciler_.in_sync());
}

TEST_F(ReconcilerTest, RemovalIsRetriedUntilItSucceeds) {
  raise();
  firewall_.fail_next_commit(kRefused);
  reconciler_.want_nothing();
  step();
  EXPECT_TRUE(kernel_.has_table());
  settle();
  EXPECT_FALSE(kernel_.has_table());
}

TEST_F(ReconcilerTest, ATouchWhileNothingStandsSendsNothing) {
  raise();
  reconciler_.want_nothing();
  run();
  const auto attempts = firewall_.attempts();
  open(key(1));
  run();
  EXPECT_EQ(firewall_.attempts(), attempts);
  EXPECT_TRUE(reconciler_.in_sync());
  reconciler_.want_lock(lock());
  run();
  EXPECT_TRUE(equal()) << "what was touched meanwhile is in the new table";
}

TEST_F(ReconcilerTest, ALockInPlaceOfARemovalThatWasRefusedStands) {
  raise();
  firewall_.fail_next_commit(kRefused);
  reconciler_.want_nothing();
  step();
  want(key(1), 1h);
  reconciler_.want_lock(lock());
  run();
  EXPECT_TRUE(equal());
}

/// A kernel that takes changes of the table that stands, and no other table.
class RefusedRebuild : public ReconcilerTest {
 protected:
  RefusedRebuild() {
    for (const int number : {1, 2}) want(key(number), 8h);
    raise();
    firewall_.refuse_tables(kRefused);
    reconciler_.want_lock(lock());
    step();
  }
};

TEST_F(RefusedRebuild, DoesNotHoldUpARevocation) {
  close(key(1));
  run();
  EXPECT_FALSE(kernel_.left(key(1)));
  EXPECT_TRUE(kernel_.left(key(2)));
  ASSERT_EQ(firewall_.committed().size(), 1U);
  EXPECT_EQ(sent<ChangeEntries>(0).close, std::vector{key(1)});
  EXPECT_TRUE(reconciler_.last_error()) << "the rebuild is still refused";
  EXPECT_TRUE(reconciler_.retry_at());
}

TEST_F(RefusedRebuild, DoesNotHoldUpWhatEndedBeforeIt) {
  desired_.erase(key(1));
  reconciler_.touch({key(1)});
  reconciler_.want_lock(lock());
  settle(1);
  EXPECT_FALSE(kernel_.left(key(1)));
}

TEST_F(RefusedRebuild, OpensNothingMeanwhile) {
  close(key(1));
  open(key(3));
  settle(5);
  EXPECT_FALSE(kernel_.left(key(1)));
  EXPECT_FALSE(kernel_.left(key(3)));
  firewall_.refuse_tables(std::nullopt);
  settle();
  EXPECT_TRUE(equal());
  EXPECT_FALSE(reconciler_.last_error());
}

TEST_F(RefusedRebuild, IsTriedAgainThoughTheClosesAreRefusedToo) {
  firewall_.fail_next_commit(kRefused);
  close(key(1));
  run();
  firewall_.refuse_tables(std::nullopt);
  settle(1);
  EXPECT_TRUE(equal());
}

TEST_F(RefusedRebuild, SendsNoClosesToATableThatSomebodyElseChanged) {
  kernel_.edit_rules();
  reconciler_.foreign_change();
  close(key(1));
  run();
  EXPECT_TRUE(firewall_.committed().empty());
}

}  // namespace
}  // namespace jitgate
