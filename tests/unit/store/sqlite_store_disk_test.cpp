// Disks that fail, injected below SQLite.

#include <gmock/gmock.h>

#include "agent/store/sqlite_store.hpp"
#include "fault_vfs.hpp"
#include "store_fixture.hpp"
#include "tests/unit/store/load_all.hpp"

namespace jitgate::test {
namespace {

using testing::ElementsAre;

Result<void> apply(SqliteStore& store, const StoreChange& change) {
  return store.apply(std::span(&change, 1)).front();
}

class FailingDiskTest : public testing::Test {
 protected:
  FaultVfs disk_;
  ScratchDirectory directory_;
};

TEST_F(FailingDiskTest, AFullDiskFailsTheCommitAndNothingElse) {
  auto store = SqliteStore::open(directory_.path()).value();
  ASSERT_TRUE(succeeds(apply(store, adding(record_of("one")))));
  FaultVfs::full = true;
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(fails_with(apply(store, adding(record_of("two"))), errc::store_failed, "the disk is full"));
  }
  EXPECT_THAT(load_all(store).value().live, ElementsAre(record_of("one")));
  FaultVfs::full = false;
  EXPECT_TRUE(succeeds(apply(store, adding(record_of("two")))));
  EXPECT_THAT(load_all(store).value().live, ElementsAre(record_of("one"), record_of("two")));
}

TEST_F(FailingDiskTest, ABatchOnAFullDiskFailsAsAWhole) {
  auto store = SqliteStore::open(directory_.path()).value();
  FaultVfs::full = true;
  // The second one is refused on its own account; with the transaction gone, that is no longer what matters.
  const std::vector<StoreChange> changes{adding(record_of("one")), adding(record_of("one")), adding(record_of("two"))};
  for (const auto& result : store.apply(changes))
    EXPECT_TRUE(fails_with(result, errc::store_failed, "the disk is full"));
}

TEST_F(FailingDiskTest, ACommitThatCouldNotBeSyncedDoesNotComeBack) {
  const ScratchDirectory after_power_cut;
  {
    auto store = SqliteStore::open(directory_.path()).value();
    ASSERT_TRUE(succeeds(apply(store, adding(record_of("one")))));
    FaultVfs::fail_sync = true;
    EXPECT_TRUE(fails_with(apply(store, adding(record_of("failed"))), errc::store_failed, "cannot commit"));
    FaultVfs::fail_sync = false;
    EXPECT_TRUE(store.usable());
    EXPECT_THAT(load_all(store).value().live, ElementsAre(record_of("one")));
    ASSERT_TRUE(succeeds(apply(store, adding(record_of("two")))));
    copy_as_after_a_crash(directory_.path(), after_power_cut.path());
  }
  for (const std::string& path : {directory_.path(), after_power_cut.path()}) {
    EXPECT_THAT(load_all(SqliteStore::open(path).value()).value().live,
                ElementsAre(record_of("one"), record_of("two")));
  }
}

TEST_F(FailingDiskTest, ADiskThatCannotBeReadIsNamed) {
  { ASSERT_TRUE(succeeds(SqliteStore::open(directory_.path()))); }
  FaultVfs::fail_read = true;
  EXPECT_TRUE(fails_with(SqliteStore::open(directory_.path()), errc::store_failed, "reading or writing has failed"));
}

TEST_F(FailingDiskTest, DamageThatIsMetLaterEndsTheUseOfTheStore) {
  constexpr std::size_t kMoreThanIsCached = 6'000;
  {
    auto store = SqliteStore::open(directory_.path()).value();
    StoreChange many;
    for (std::size_t i = 0; i < kMoreThanIsCached; ++i) many.add.push_back(record_of("grant-" + std::to_string(i)));
    ASSERT_TRUE(succeeds(apply(store, many)));
  }
  auto store = SqliteStore::open(directory_.path()).value();
  std::string content = read_file(directory_.file("state.db"));
  const std::size_t header = 4096;
  content.replace(header, content.size() - header, content.size() - header, '\x5a');
  write_file(directory_.file("state.db"), content);
  EXPECT_TRUE(fails_with(load_all(store), errc::store_failed, "corrupt"));
  EXPECT_FALSE(store.usable());
}

}  // namespace
}  // namespace jitgate::test
