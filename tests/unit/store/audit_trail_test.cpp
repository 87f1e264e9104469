// The hash chain as it lies in the store, against whoever has the file.

#include <gmock/gmock.h>

#include "agent/store/sqlite_store.hpp"
#include "store_fixture.hpp"
#include "trail.hpp"

namespace jitgate::test {
namespace {

Result<std::uint64_t> verify(SqliteStore& store) {
  const auto whole = verify_trail(store);
  if (!whole) return whole.error();
  return whole->records();
}

class AuditTrailTest : public testing::Test {
 protected:
  void write(int events) {
    auto store = SqliteStore::open(directory_.path()).value();
    for (int i = 0; i < events; ++i) {
      StoreChange change;
      change.audit.push_back(event_of("step." + std::to_string(i)));
      store.apply(std::span(&change, 1)).front().value();
    }
  }
  Result<std::uint64_t> verify_reopened() {
    auto store = SqliteStore::open(directory_.path()).value();
    return verify(store);
  }

  ScratchDirectory directory_;
};

TEST_F(AuditTrailTest, IsWholeOverReopens) {
  for (int total = 7; total <= 21; total += 7) {
    write(7);
    EXPECT_EQ(verify_reopened().value(), static_cast<std::uint64_t>(total));
  }
}

TEST_F(AuditTrailTest, KeepsEveryByteOfAnEvent) {
  AuditEvent event{
      0, WallTime(Duration(-1)), std::string("nul\0inside", 10), "\xff\xfe", "", "\n", "id", "r", "\"'", "\xc3\xa9"};
  auto store = SqliteStore::open(directory_.path()).value();
  StoreChange change;
  change.audit.push_back(event);
  ASSERT_TRUE(succeeds(store.apply(std::span(&change, 1)).front()));
  const AuditEvent back = search_trail(store, {}).value().events.at(0);
  EXPECT_EQ(back.sequence, 1u);
  EXPECT_EQ(back.at, event.at);
  EXPECT_EQ(back.operation, event.operation);
  EXPECT_EQ(back.outcome, event.outcome);
  EXPECT_EQ(back.peer, event.peer);
  EXPECT_EQ(back.justification, event.justification);
  EXPECT_TRUE(succeeds(verify(store)));
}

TEST_F(AuditTrailTest, FindsEventsOfATimeAlthoughTheClockSteppedBack) {
  auto store = SqliteStore::open(directory_.path()).value();
  for (const int hour : {1, 5, 2, 6, 3}) {
    StoreChange change;
    change.audit.push_back(event_of("step", "", kStart + std::chrono::hours(hour)));
    ASSERT_TRUE(succeeds(store.apply(std::span(&change, 1)).front()));
  }
  std::vector<std::uint64_t> found;
  for (const auto& event :
       search_trail(store, {.since = kStart + std::chrono::hours(3), .grant_id = {}}).value().events) {
    found.push_back(event.sequence);
  }
  EXPECT_THAT(found, testing::ElementsAre(2, 4, 5));
  EXPECT_TRUE(search_trail(store, {.since = kStart + std::chrono::hours(7), .grant_id = {}}).value().events.empty());
}

TEST_F(AuditTrailTest, TamperingIsNamedByItsFirstSequence) {
  struct Case {
    std::string sql;
    std::string target;
    std::string what;
  };
  const std::vector<Case> cases = {
      {"UPDATE audit SET caller = 'nobody' WHERE sequence = 1", "audit[1]", "altered"},
      {"UPDATE audit SET justification = '' WHERE sequence = 5", "audit[5]", "altered"},
      {"UPDATE audit SET at = at + 1 WHERE sequence = 10", "audit[10]", "altered"},
      {"UPDATE audit SET hash = zeroblob(32) WHERE sequence = 9", "audit[9]", "altered"},
      {"DELETE FROM audit WHERE sequence = 1", "audit[1]", "record 1 was removed"},
      {"DELETE FROM audit WHERE sequence = 4", "audit[4]", "record 4 was removed"},
      {"DELETE FROM audit WHERE sequence BETWEEN 4 AND 8", "audit[4]", "records 4 to 8 were removed"},
      {"DELETE FROM audit WHERE sequence >= 6", "audit[6]", "records up to 10 were removed at the end"},
      {"DELETE FROM audit", "audit[1]", "records up to 10 were removed at the end"},
      {"UPDATE audit SET sequence = 99 WHERE sequence = 3; UPDATE audit SET sequence = 3 WHERE sequence = 4;"
       "UPDATE audit SET sequence = 4 WHERE sequence = 99",
       "audit[3]", "not in its place"},
      {"INSERT INTO audit SELECT 0, at, operation, outcome, caller, peer, grant_id, resource, justification, reason, "
       "hash, ports, generation FROM audit WHERE sequence = 1",
       "audit[1]", "put in front"},
      {"INSERT INTO audit SELECT 11, at, operation, outcome, caller, peer, grant_id, resource, justification, reason, "
       "hash, ports, generation FROM audit WHERE sequence = 10",
       "audit[11]", "altered"},
      {"DELETE FROM audit_head", "audit[11]", "head"},
      {"UPDATE audit_head SET hash = zeroblob(32)", "audit[10]", "head"},
      // Whoever closes the gap by renumbering still has the hashes against him.
      {"DELETE FROM audit WHERE sequence = 4; UPDATE audit SET sequence = -sequence WHERE sequence > 4;"
       "UPDATE audit SET sequence = -sequence - 1 WHERE sequence < 0",
       "audit[4]", "altered"},
  };
  write(10);
  for (const auto& [sql, target, what] : cases) {
    SCOPED_TRACE(sql);
    const ScratchDirectory altered;
    copy_as_after_a_crash(directory_.path(), altered.path());
    tamper(altered, sql);
    auto store = SqliteStore::open(altered.path()).value();
    const auto checked = verify(store);
    EXPECT_TRUE(fails_with(checked, errc::store_failed, what));
    EXPECT_TRUE(!checked && checked.error().target == target);
  }
  EXPECT_EQ(verify_reopened().value(), 10u);
}

TEST_F(AuditTrailTest, IsOfTheSameTransactionAsItsChange) {
  auto store = SqliteStore::open(directory_.path()).value();
  StoreChange good = adding(record_of("one"));
  good.audit.push_back(event_of("grant.open", "one"));
  std::vector<StoreChange> changes{good, good};
  const auto results = store.apply(changes);
  EXPECT_TRUE(succeeds(results[0]));
  EXPECT_EQ(results[1].error().code, errc::conflict);
  EXPECT_EQ(search_trail(store, {}).value().events.size(), 1u);
  EXPECT_EQ(verify(store).value(), 1u);
}

}  // namespace
}  // namespace jitgate::test
