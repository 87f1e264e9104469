#include "agent/store/sqlite_store.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "store_fixture.hpp"
#include "tests/unit/store/load_all.hpp"
#include "trail.hpp"

namespace jitgate::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SqliteStoreTest : public testing::Test {
 protected:
  SqliteStore open() { return SqliteStore::open(directory_.path()).value(); }
  static Result<void> apply(SqliteStore& store, const StoreChange& change) {
    return store.apply(std::span(&change, 1)).front();
  }

  ScratchDirectory directory_;
};

// Every combination of what a port can be, on one grant, and what else a document can hold.
GrantRecord record_with_all_states() {
  Grant grant{
      "0198c2c0-7000-7000-8000-000000000001",
      {},
      "web-17",
      "requester@example.com",
      "approver@example.com",
      at("2026-11-21T18:00:00.123456789Z"),
      "says \"hello\"\n\tand goodbye, \xc3\xa9",
      {port_of(22, "203.0.113.0/24", std::chrono::hours(1)), port_of(443, "2001:db8::/56", std::chrono::hours(3)),
       port_of(65535, "198.51.100.9", std::chrono::minutes(1)), port_of(1, "2001:db8::1", std::chrono::hours(2))}};
  grant.ports[1].protocol = Protocol::any;
  grant.ports[2].protocol = Protocol::udp;
  GrantRecord record;
  record.document = write_grant_document(grant);
  record.grant = parse_grant_document(record.document).value();
  record.source = "local";
  record.states = {{Status::initiated, StatusReason::none, "boot-1", BootTime(std::chrono::nanoseconds(1)), {}, false},
                   {Status::initiated, StatusReason::pending, "", BootTime{}, {}, true},
                   {Status::revoked, StatusReason::expired, "boot-2", BootTime::max(), kStart, true},
                   {Status::revoked, StatusReason::policy_changed, "boot-2", BootTime::min(), WallTime::max(), false}};
  return record;
}

TEST_F(SqliteStoreTest, KeepsEveryPartOfARecordOverAReopen) {
  const GrantRecord record = record_with_all_states();
  {
    auto store = open();
    ASSERT_TRUE(succeeds(apply(store, adding(record))));
  }
  auto state = load_all(open());
  ASSERT_TRUE(succeeds(state));
  EXPECT_THAT(state->live, ElementsAre(record));
  EXPECT_THAT(state->damaged, IsEmpty());
}

TEST_F(SqliteStoreTest, KeepsEveryReason) {
  for (const StatusReason reason :
       {StatusReason::none, StatusReason::expired, StatusReason::user_requested, StatusReason::newer_request_initiated,
        StatusReason::policy_changed, StatusReason::denied, StatusReason::pending}) {
    auto store = open();
    const std::string id = "grant-" + std::to_string(static_cast<int>(reason));
    ASSERT_TRUE(succeeds(apply(store, adding(record_of(id)))));
    ASSERT_TRUE(succeeds(apply(store, updating(id, ended(reason)))));
    auto found = store.grants({.include_ended = true, .requestor = {}, .limit = 1});
    ASSERT_TRUE(succeeds(found));
    EXPECT_EQ(found->at(0).states.at(0), ended(reason));
  }
}

TEST_F(SqliteStoreTest, IsDurableBeforeItIsClosed) {
  auto store = open();
  ASSERT_TRUE(succeeds(apply(store, adding(record_of("one")))));
  const ScratchDirectory after_power_cut;
  copy_as_after_a_crash(directory_.path(), after_power_cut.path());
  auto state = load_all(SqliteStore::open(after_power_cut.path()).value());
  ASSERT_TRUE(succeeds(state));
  EXPECT_THAT(state->live, ElementsAre(record_of("one")));
}

TEST_F(SqliteStoreTest, LoadsWhatIsLiveInTheOrderOfArrival) {
  auto store = open();
  for (const char* id : {"b", "ended", "cutting", "a"}) ASSERT_TRUE(succeeds(apply(store, adding(record_of(id)))));
  ASSERT_TRUE(succeeds(apply(store, updating("ended", ended()))));
  PortState cutting = ended();
  cutting.cut_pending = true;
  ASSERT_TRUE(succeeds(apply(store, updating("cutting", cutting))));
  std::vector<std::string> live;
  for (const GrantRecord& record : load_all(store).value().live) live.push_back(record.grant.id);
  EXPECT_THAT(live, ElementsAre("b", "cutting", "a"));

  cutting.cut_pending = false;
  ASSERT_TRUE(succeeds(apply(store, updating("cutting", cutting))));
  EXPECT_EQ(load_all(store).value().live.size(), 2u);
}

TEST_F(SqliteStoreTest, AConflictInAChangeUndoesAllOfThatChangeAndNothingElse) {
  auto store = open();
  std::vector<StoreChange> changes{adding(record_of("one")), adding(record_of("two")), adding(record_of("three"))};
  changes[1].add.push_back(record_of("one"));
  changes[1].audit.push_back(event_of("grant.open", "two"));
  changes[1].settings["two"] = "was here";
  changes[2].audit.push_back(event_of("grant.open", "three"));
  const auto results = store.apply(changes);
  EXPECT_TRUE(succeeds(results[0]));
  EXPECT_TRUE(fails_with(results[1], errc::conflict, "stored already"));
  EXPECT_TRUE(succeeds(results[2]));

  const LoadedState state = load_all(store).value();
  EXPECT_THAT(state.live, ElementsAre(record_of("one"), record_of("three")));
  EXPECT_THAT(state.settings, IsEmpty());
  const auto audit = search_trail(store, {}).value().events;
  ASSERT_EQ(audit.size(), 1u);
  EXPECT_EQ(audit[0].grant_id, "three");
  EXPECT_EQ(audit[0].sequence, 1u);
}

TEST_F(SqliteStoreTest, ForgetsEndedGrantsOnlyAfterTheirTime) {
  auto store = open();
  ASSERT_TRUE(succeeds(apply(store, adding(record_of("ended")))));
  ASSERT_TRUE(succeeds(apply(store, adding(record_of("live")))));
  ASSERT_TRUE(succeeds(apply(store, updating("ended", ended()))));
  const WallTime end = kStart + std::chrono::hours(1);

  StoreChange later;
  later.now = end + kRememberEnded;
  ASSERT_TRUE(succeeds(apply(store, later)));
  EXPECT_TRUE(fails_with(apply(store, adding(record_of("ended"))), errc::conflict, "never opens again"));

  later.now += std::chrono::nanoseconds(1);
  ASSERT_TRUE(succeeds(apply(store, later)));
  EXPECT_EQ(store.grants({.include_ended = true, .requestor = {}}).value().size(), 1u);
  EXPECT_TRUE(succeeds(apply(store, adding(record_of("ended")))));
  EXPECT_TRUE(fails_with(apply(store, adding(record_of("live"))), errc::conflict, "stored already"));
}

TEST_F(SqliteStoreTest, ForgettingAGrantForgetsItsPorts) {
  {
    auto store = open();
    GrantRecord record = record_of("ended");
    record.states[0] = ended();
    ASSERT_TRUE(succeeds(apply(store, adding(record))));
    StoreChange later;
    later.now = kStart + std::chrono::days(365);
    ASSERT_TRUE(succeeds(apply(store, later)));
  }
  auto database = SqliteDatabase::open(directory_.file("state.db")).value();
  EXPECT_EQ(database.query_integer("SELECT count(*) FROM grant_ports", "test").value(), 0);
}

TEST_F(SqliteStoreTest, ForgetsALongBacklogInPieces) {
  auto store = open();
  StoreChange many;
  for (int i = 0; i < 250; ++i) {
    many.add.push_back(record_of("grant-" + std::to_string(i)));
    many.add.back().states[0] = ended();
  }
  ASSERT_TRUE(succeeds(apply(store, many)));
  StoreChange later;
  later.now = kStart + std::chrono::days(365);
  std::size_t left = 250;
  for (int commits = 0; left > 0 && commits < 10; ++commits) {
    ASSERT_TRUE(succeeds(apply(store, later)));
    const std::size_t now_left = store.grants({.include_ended = true, .requestor = {}}).value().size();
    EXPECT_LT(now_left, left);
    left = now_left;
  }
  EXPECT_EQ(left, 0u);
}

TEST_F(SqliteStoreTest, NamesDamagedGrantsAndLoadsTheRest) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"UPDATE grants SET document = CAST('nonsense' AS BLOB) WHERE id = 'bad'", "cannot be read"},
      {"UPDATE grants SET document = CAST(replace(CAST(document AS TEXT), 'INC-1234', 'INC-1235') AS BLOB) WHERE id = "
       "'bad'",
       "digest"},
      {"UPDATE grants SET digest = zeroblob(32) WHERE id = 'bad'", "digest"},
      {"UPDATE grants SET requestor = 'mallory' WHERE id = 'bad'", "requestor"},
      {"UPDATE grants SET starts_at = starts_at - 1 WHERE id = 'bad'", "start"},
      {"UPDATE grants SET ends_at = ends_at + 3600000000000 WHERE id = 'bad'", "end"},
      {"DELETE FROM grant_ports WHERE grant_row = 2 AND port = 0", "states"},
      {"UPDATE grant_ports SET port = 7 WHERE grant_row = 2 AND port = 0", "state is missing"},
      {"UPDATE grant_ports SET reason = 'Whim' WHERE grant_row = 2 AND port = 0", "cannot be read"},
  };
  for (const auto& [sql, reason] : cases) {
    SCOPED_TRACE(sql);
    const ScratchDirectory directory;
    {
      auto store = SqliteStore::open(directory.path()).value();
      const GrantRecord bad = record_of("bad", {port_of(22, "203.0.113.7", std::chrono::hours(1)),
                                                port_of(23, "203.0.113.7", std::chrono::hours(1))});
      for (const GrantRecord& record : {record_of("first"), bad, record_of("last")}) {
        ASSERT_TRUE(succeeds(apply(store, adding(record))));
      }
    }
    tamper(directory, sql);
    auto store = SqliteStore::open(directory.path()).value();
    const LoadedState state = load_all(store).value();
    EXPECT_THAT(state.live, ElementsAre(record_of("first"), record_of("last")));
    EXPECT_THAT(state.damaged, ElementsAre(testing::AllOf(testing::StartsWith("bad: "), HasSubstr(reason))));
    EXPECT_EQ(apply(store, adding(record_of("bad"))).error().code, errc::conflict);
    EXPECT_EQ(store.grants({.include_ended = true, .requestor = {}}).value().size(), 2u);
  }
}

TEST_F(SqliteStoreTest, RestoresTenThousandGrantsInOrderButTheDamagedOnes) {
  constexpr std::size_t kMany = 10'000;
  const auto id = [](std::size_t i) { return "grant-" + std::to_string(i); };
  {
    auto store = open();
    StoreChange many;
    for (std::size_t i = 0; i < kMany; ++i) many.add.push_back(record_of(id(i)));
    ASSERT_TRUE(succeeds(apply(store, many)));
  }
  tamper(directory_, "UPDATE grants SET digest = zeroblob(32) WHERE id IN ('grant-17', 'grant-9017')");
  const LoadedState state = load_all(open()).value();
  ASSERT_THAT(state.live, SizeIs(kMany - 2));
  EXPECT_EQ(state.live[17].grant.id, "grant-18");
  EXPECT_EQ(state.live.back().grant.id, "grant-9999");
  EXPECT_TRUE(
      std::ranges::is_sorted(state.live, {}, [](const GrantRecord& r) { return std::stoul(r.grant.id.substr(6)); }));
  EXPECT_THAT(state.damaged, ElementsAre(testing::StartsWith("grant-17: "), testing::StartsWith("grant-9017: ")));
}

}  // namespace
}  // namespace jitgate::test
