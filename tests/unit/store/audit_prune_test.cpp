// The oldest records go, and what is left is still a chain whose beginning nobody can choose.
#include <gmock/gmock.h>

#include "agent/store/threaded_store.hpp"
#include "store_fixture.hpp"
#include "trail.hpp"

namespace jitgate::test {
namespace {

using ::testing::HasSubstr;

constexpr AuditRetention kKeepForty{std::chrono::days(365), 40};  // steps of four

class AuditPruneTest : public testing::Test {
 protected:
  static StoreChange change_at(WallTime when, const AuditRetention& keep) {
    StoreChange change;
    change.audit.push_back(event_of("step", "", when));
    change.retention = keep;
    change.now = when;
    return change;
  }
  SqliteStore open() { return SqliteStore::open(directory_.path()).value(); }
  /// One record an hour, and after each what the store's thread would do.
  static void write(SqliteStore& store, int events, const AuditRetention& keep, WallTime from = kStart) {
    for (int i = 0; i < events; ++i) {
      const auto change = change_at(from + std::chrono::hours(i), keep);
      store.apply(std::span(&change, 1)).front().value();
      while (store.prune_is_due().value()) store.prune().value();
    }
  }
  /// The trail pruned twice, closed.
  void write_pruned() {
    auto store = open();
    write(store, 60, kKeepForty);
  }
  Result<AuditSpan> verify(std::optional<AuditHead> noted = {}) {
    auto store = open();
    return verify_trail(store, noted);
  }

  ScratchDirectory directory_;
};

TEST_F(AuditPruneTest, KeepsTheNewestRecordsAndTheChainWhole) {
  auto store = open();
  write(store, 100, kKeepForty);
  const auto whole = verify_trail(store).value();
  EXPECT_LE(whole.records(), 40u);
  EXPECT_GE(whole.records(), 36u);
  EXPECT_GT(whole.newest.sequence, 100u) << "prunings are records too";
  const auto newest = search_trail(store, {.since = {}, .grant_id = {}, .limit = 2}).value().events;
  EXPECT_TRUE(std::ranges::any_of(newest, [](const auto& e) { return e.at == kStart + std::chrono::hours(99); }));
}

TEST_F(AuditPruneTest, EveryStepIsARecordThatNamesWhatWent) {
  auto store = open();
  write(store, 41, kKeepForty);
  const auto last = search_trail(store, {.since = {}, .grant_id = {}, .limit = 1}).value().events.at(0);
  EXPECT_EQ(last.operation, "audit.prune");
  EXPECT_THAT(last.resource, HasSubstr("records up to 5:"));
  EXPECT_EQ(last.reason, "more than 40 records");
  EXPECT_EQ(verify_trail(store).value().first, 6u);
}

TEST_F(AuditPruneTest, WhatIsTooOldGoes) {
  const AuditRetention month{std::chrono::days(30), 1'000'000};
  auto store = open();
  write(store, 48, month);
  write(store, 1, month, kStart + std::chrono::days(31) + std::chrono::hours(1));
  const auto whole = verify_trail(store).value();
  EXPECT_EQ(whole.first, 26u) << "the first day and an hour, and no more";
  const auto events = search_trail(store, {}).value().events;
  EXPECT_EQ(events.back().operation, "audit.prune");
  EXPECT_EQ(events.back().reason, "older than P30D");
}

TEST_F(AuditPruneTest, IsNotDoneForEverySingleRecord) {
  const AuditRetention month{std::chrono::days(30), 1'000'000};
  auto store = open();
  write(store, 24 * 40, month);
  std::size_t prunings = 0;
  for (const auto& event : search_trail(store, {}).value().events) prunings += event.operation == "audit.prune" ? 1 : 0;
  EXPECT_GE(prunings, 9u);
  EXPECT_LE(prunings, 11u) << "one a day";
}

TEST_F(AuditPruneTest, ManyOldRecordsGoInBoundedSteps) {
  auto store = open();
  StoreChange many = change_at(kStart, AuditRetention{});
  many.audit.assign(2'500, event_of("step"));
  store.apply(std::span(&many, 1)).front().value();
  const auto later = change_at(kStart + std::chrono::days(400), AuditRetention{});
  store.apply(std::span(&later, 1)).front().value();
  std::size_t steps = 0;
  for (; store.prune_is_due().value(); ++steps) store.prune().value();
  EXPECT_EQ(steps, 3u);
  EXPECT_EQ(verify_trail(store).value().first, 2'501u);
}

TEST_F(AuditPruneTest, NothingGoesWhereNothingIsSaidOfIt) {
  auto store = open();
  StoreChange change = change_at(kStart, AuditRetention{});
  store.apply(std::span(&change, 1)).front().value();
  change.now = kStart + std::chrono::days(4'000);
  change.retention.reset();
  store.apply(std::span(&change, 1)).front().value();
  EXPECT_FALSE(store.prune_is_due().value());
}

TEST_F(AuditPruneTest, ATrailThatWasTamperedWithIsNotPruned) {
  {
    auto store = open();
    write(store, 40, kKeepForty);
  }
  tamper(directory_, "DELETE FROM audit WHERE sequence = 3");
  auto store = open();
  const auto change = change_at(kStart, kKeepForty);
  store.apply(std::span(&change, 1)).front().value();
  ASSERT_TRUE(store.prune_is_due().value());
  EXPECT_TRUE(fails_with(store.prune(), errc::store_failed, "record 3 was removed"));
  EXPECT_EQ(search_trail(store, {}).value().events.size(), 40u) << "it is evidence";
  EXPECT_TRUE(fails_with(verify_trail(store), errc::store_failed, "record 3 was removed"));
}

TEST_F(AuditPruneTest, ABeginningThatNoPruningLeftIsFound) {
  write_pruned();
  const auto whole = verify().value();
  ASSERT_GT(whole.first, 5u);
  struct Case {
    std::string sql;
    std::string what;
  };
  const std::string first = std::to_string(whole.first);
  const std::vector<Case> cases = {
      // The true hash of the true record: all but the record of the pruning fits.
      {"UPDATE audit_origin SET sequence = " + first + ", hash = (SELECT hash FROM audit WHERE sequence = " + first +
           "); DELETE FROM audit WHERE sequence = " + first,
       "its last pruning was of records up to "},
      {"DELETE FROM audit WHERE sequence = " + first, "was removed"},
      {"UPDATE audit_origin SET hash = zeroblob(32)", "altered or is not in its place"},
      {"UPDATE audit_origin SET sequence = 0, hash = zeroblob(32)", "were removed"},
      {"UPDATE audit_origin SET sequence = sequence + 1", "put in front"},
      {"DELETE FROM audit_origin", "the origin of the audit trail was removed"},
      {"UPDATE audit SET resource = 'records up to 1:00' WHERE operation = 'audit.prune'", "altered"},
  };
  for (const auto& [sql, what] : cases) {
    SCOPED_TRACE(sql);
    const ScratchDirectory altered;
    copy_as_after_a_crash(directory_.path(), altered.path());
    tamper(altered, sql);
    auto store = SqliteStore::open(altered.path()).value();
    EXPECT_TRUE(fails_with(verify_trail(store), errc::store_failed, what));
  }
}

TEST_F(AuditPruneTest, ARecordThatWasNotedIsComparedWhileItIsThere) {
  write_pruned();
  auto store = open();
  const auto whole = verify_trail(store).value();
  EXPECT_TRUE(succeeds(verify_trail(store, whole.newest)));
  AuditHead forged = whole.newest;
  forged.hash = sha256("forged");
  EXPECT_TRUE(fails_with(verify_trail(store, forged), errc::store_failed, "is not the one that was noted"));
  EXPECT_TRUE(fails_with(verify_trail(store, AuditHead{1, sha256("x")}), errc::not_found, "record 1 was pruned"));
  EXPECT_TRUE(fails_with(verify_trail(store, AuditHead{whole.first - 1, sha256("x")}), errc::store_failed,
                         "is not the one that was noted"))
      << "the last that was pruned has left its hash";
}

TEST_F(AuditPruneTest, ACheckUnderWayGoesOnAfterWhatIsPrunedMeanwhile) {
  auto store = open();
  write(store, 40, kKeepForty);
  const AuditHead noted = verify_trail(store).value().newest;
  AuditCheck progress{.noted = noted};
  ASSERT_FALSE(store.check_audit(progress, 2).value().has_value());
  write(store, 30, kKeepForty);
  for (;;) {
    const auto checked = store.check_audit(progress, 7);
    ASSERT_TRUE(succeeds(checked));
    if (*checked) break;
  }
}

TEST_F(AuditPruneTest, ASearchGoesOnOverWhatIsPrunedMeanwhile) {
  auto store = open();
  write(store, 40, kKeepForty);
  AuditProgress progress{.query = {.since = {}, .grant_id = {}}};
  ASSERT_FALSE(store.search_audit(progress, 5).value().has_value());
  write(store, 30, kKeepForty);
  std::optional<AuditPage> page;
  while (!page) page = store.search_audit(progress, 5).value();
  EXPECT_EQ(page->events.back().sequence, 40u);
  EXPECT_FALSE(page->more);
}

TEST_F(AuditPruneTest, APageHoldsABoundedNumberOfBytes) {
  auto store = open();
  StoreChange change = change_at(kStart, AuditRetention{});
  change.audit.assign(12, event_of("step"));
  for (auto& event : change.audit) event.reason.assign(1024 * 1024, 'x');
  store.apply(std::span(&change, 1)).front().value();
  const auto page = search_trail(store, {}).value();
  EXPECT_TRUE(page.more);
  EXPECT_EQ(page.events.size(), 7u);
  EXPECT_EQ(page.events.back().sequence, 12u);
}

TEST(StoreWorkerPrune, HappensByItselfAfterACommitAndIsTold) {
  const ScratchDirectory directory;
  boost::asio::io_context context;
  std::vector<std::string> told;
  {
    StoreObserver observer;
    observer.recorded = [&](const std::vector<AuditRecord>& records) {
      for (const auto& record : records) told.push_back(record.event.operation);
    };
    auto store = make_threaded_store(directory.path(), context.get_executor(), observer);
    StoreChange change;
    change.audit.assign(41, event_of("step"));
    change.retention = kKeepForty;
    change.now = kStart;
    ASSERT_TRUE(succeeds(run(context, store->commit(change))));
    // Reads take turns with the pruning: some of them later it is through.
    for (int i = 0; i < 3; ++i) (void)run(context, store->audit({}));
    EXPECT_EQ(run(context, store->verify_audit({})).value().first, 6u);
  }
  ASSERT_EQ(told.size(), 42u);
  EXPECT_EQ(told.back(), "audit.prune");
}

}  // namespace
}  // namespace jitgate::test
