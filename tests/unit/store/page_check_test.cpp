#include "agent/store/page_check.hpp"

#include "agent/store/sqlite_store.hpp"
#include "load_all.hpp"
#include "store_fixture.hpp"

namespace jitgate::test {
namespace {

constexpr std::size_t kPage = 4096;

class PageCheckTest : public testing::Test {
 protected:
  // Each of these means something in a URI.
  PageCheckTest() : state_(directory_.file("100%20 #;&=+")) { std::filesystem::create_directory(state_); }

  std::string file() const { return state_ + "/state.db"; }
  /// More than a file that is worth a thread has.
  void write_grants() {
    auto store = SqliteStore::open(state_).value();
    StoreChange change;
    for (int i = 0; i < 2'000; ++i) change.add.push_back(record_of("grant-" + std::to_string(i)));
    store.apply(std::span(&change, 1)).front().value();
  }
  /// A page of what no grant is read from.
  void damage_page() {
    std::int64_t page = 0;
    {
      auto database = SqliteDatabase::open(file()).value();
      page =
          database.query_integer("SELECT rootpage FROM sqlite_schema WHERE name = 'early_revocations'", "test").value();
    }
    std::string content = read_file(file());
    content.replace(static_cast<std::size_t>(page - 1) * kPage, kPage, kPage, '\x5a');
    write_file(file(), content);
  }

  ScratchDirectory directory_;
  std::string state_;
};

TEST_F(PageCheckTest, ReadsAFileThatIsLockedByAnother) {
  write_grants();
  auto locked = SqliteStore::open(state_, MissingFile::refuse, PageCheck::with_load).value();
  auto check = check_pages_beside(file());
  ASSERT_TRUE(check.valid());
  EXPECT_TRUE(succeeds(check.get().value()));
}

TEST_F(PageCheckTest, FindsADamagedPage) {
  write_grants();
  damage_page();
  auto check = check_pages_beside(file());
  ASSERT_TRUE(check.valid());
  EXPECT_TRUE(fails_with(check.get().value(), errc::store_failed, "corrupt"));
}

TEST_F(PageCheckTest, IsNotDoneBesideWhereItWouldMissTheLog) {
  write_grants();
  write_file(file() + "-wal", "something");
  EXPECT_FALSE(check_pages_beside(file()).valid());
}

TEST_F(PageCheckTest, IsNotWorthAThreadForASmallFile) {
  { const auto store = SqliteStore::open(state_).value(); }
  EXPECT_FALSE(check_pages_beside(file()).valid());
  EXPECT_FALSE(check_pages_beside(file() + "-missing").valid());
}

TEST_F(PageCheckTest, BesideALoadFailsItAndLeavesTheFileAlone) {
  write_grants();
  damage_page();
  const std::string content = read_file(file());
  {
    auto store = SqliteStore::open(state_, MissingFile::refuse, PageCheck::with_load).value();
    std::size_t given = 0;
    const auto loaded = store.load([&given](const std::vector<GrantRecord>& portion) { given += portion.size(); });
    EXPECT_TRUE(fails_with(loaded, errc::store_failed, "corrupt"));
    EXPECT_EQ(given, 2'000U);
    EXPECT_FALSE(store.usable());
  }
  EXPECT_EQ(read_file(file()), content);
}

TEST_F(PageCheckTest, BesideALoadLetsASoundFileBeUsed) {
  write_grants();
  auto store = SqliteStore::open(state_, MissingFile::refuse, PageCheck::with_load).value();
  EXPECT_EQ(load_all(store).value().live.size(), 2'000U);
  const StoreChange one = adding(record_of("one"));
  EXPECT_TRUE(succeeds(store.apply(std::span(&one, 1)).front()));
}

}  // namespace
}  // namespace jitgate::test
