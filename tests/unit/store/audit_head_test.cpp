// The newest record's hash, noted elsewhere, against whoever can write the whole database.
#include <gmock/gmock.h>

#include <filesystem>

#include "agent/store/sqlite_store.hpp"
#include "agent/store/threaded_store.hpp"
#include "store_fixture.hpp"
#include "trail.hpp"

namespace jitgate::test {
namespace {

using ::testing::HasSubstr;

class AuditHeadTest : public testing::Test {
 protected:
  AuditHead write(const std::string& operation, int events) {
    auto store = SqliteStore::open(directory_.path()).value();
    for (int i = 0; i < events; ++i) {
      StoreChange change;
      change.audit.push_back(event_of(operation));
      store.apply(std::span(&change, 1)).front().value();
    }
    return store.audit_head().value();
  }
  Result<std::uint64_t> verify(const AuditHead& noted) {
    auto store = SqliteStore::open(directory_.path()).value();
    const auto whole = verify_trail(store, noted);
    if (!whole) return whole.error();
    return whole->records();
  }
  /// Another database in the place of this one, whole in itself.
  void swap_database() {
    for (const auto& file : std::filesystem::directory_iterator(directory_.path())) std::filesystem::remove(file);
  }

  ScratchDirectory directory_;
};

TEST_F(AuditHeadTest, ATrailThatWentOnHoldsWhatWasNoted) {
  const AuditHead noted = write("honest", 5);
  EXPECT_EQ(noted.sequence, 5U);
  EXPECT_EQ(verify(noted).value(), 5U);
  write("honest", 3);
  EXPECT_EQ(verify(noted).value(), 8U);
}

TEST_F(AuditHeadTest, AChainThatWasComputedAnewIsFound) {
  const AuditHead noted = write("honest", 5);
  swap_database();
  write("forged", 9);
  const auto verified = verify(noted);
  ASSERT_FALSE(verified);
  EXPECT_THAT(describe(verified.error()), HasSubstr("record 5 is not the one that was noted"));
}

TEST_F(AuditHeadTest, ATrailThatWasCutOffIsFound) {
  const AuditHead noted = write("honest", 5);
  swap_database();
  write("honest", 3);
  const auto verified = verify(noted);
  ASSERT_FALSE(verified);
  EXPECT_THAT(describe(verified.error()), HasSubstr("records up to 5, which was noted, were removed"));
}

TEST_F(AuditHeadTest, EveryTransactionTellsIt) {
  std::vector<AuditHead> told;
  boost::asio::io_context context;
  {
    StoreObserver observer;
    observer.recorded = [&](const std::vector<AuditRecord>& records) {
      told.push_back({records.back().event.sequence, records.back().hash});
    };
    auto store = make_threaded_store(directory_.path(), context.get_executor(), observer);
    for (int i = 0; i < 3; ++i) {
      StoreChange change;
      change.audit.push_back(event_of("step"));
      ASSERT_TRUE(succeeds(run(context, store->commit(std::move(change)))));
    }
    StoreChange settings;
    settings.settings["a"] = "b";
    ASSERT_TRUE(succeeds(run(context, store->commit(std::move(settings)))));
  }
  ASSERT_EQ(told.size(), 3U) << "a transaction without a record tells nothing";
  EXPECT_EQ(told.back().sequence, 3U);
  EXPECT_EQ(verify(told.front()).value(), 3U);
}

TEST(AuditHead, IsReadBackFromItsText) {
  const AuditHead head{12, sha256("x")};
  EXPECT_EQ(parse_audit_head(to_string(head)).value(), head);
  for (const char* wrong :
       {"", "12", "12:", ":ab", "0:0000000000000000000000000000000000000000000000000000000000000000",
        "-1:0000000000000000000000000000000000000000000000000000000000000000", "12:xyz",
        "12 :0000000000000000000000000000000000000000000000000000000000000000"}) {
    EXPECT_FALSE(parse_audit_head(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace jitgate::test
