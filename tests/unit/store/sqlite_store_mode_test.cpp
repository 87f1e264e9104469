// What the file of the store is on Unix: its mode, and what may stand in its place.

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "agent/store/sqlite_store.hpp"
#include "store_fixture.hpp"

namespace jitgate::test {
namespace {

class SqliteStoreModeTest : public testing::Test {
 protected:
  std::string file() const { return directory_.file("state.db"); }

  ScratchDirectory directory_;
};

mode_t mode_of(const std::string& path) {
  struct stat found = {};
  EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
  return found.st_mode & 07777;
}

TEST_F(SqliteStoreModeTest, FilesAreTheOwnersAloneWhateverTheUmask) {
  const mode_t before = ::umask(0);
  {
    auto store = SqliteStore::open(directory_.path()).value();
    StoreChange change = adding(record_of("one"));
    ASSERT_TRUE(succeeds(store.apply(std::span(&change, 1)).front()));
    EXPECT_EQ(mode_of(file()), 0600u);
    EXPECT_EQ(mode_of(file() + "-wal"), 0600u);
  }
  ::umask(before);
}

TEST_F(SqliteStoreModeTest, TakesOthersAccessAway) {
  { ASSERT_TRUE(succeeds(SqliteStore::open(directory_.path()))); }
  ASSERT_EQ(::chmod(file().c_str(), 0644), 0);
  EXPECT_TRUE(succeeds(SqliteStore::open(directory_.path())));
  EXPECT_EQ(mode_of(file()), 0600u);
}

TEST_F(SqliteStoreModeTest, ALinkAndAPipeAreRefused) {
  std::filesystem::create_symlink(directory_.file("elsewhere"), file());
  EXPECT_TRUE(fails_with(SqliteStore::open(directory_.path()), errc::store_failed, "symbolic link"));
  EXPECT_FALSE(std::filesystem::exists(directory_.file("elsewhere")));
  std::filesystem::remove(file());
  ASSERT_EQ(::mkfifo(file().c_str(), 0600), 0);
  EXPECT_TRUE(fails_with(SqliteStore::open(directory_.path()), errc::store_failed, "not a regular file"));
}

}  // namespace
}  // namespace jitgate::test
