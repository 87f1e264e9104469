#include <gmock/gmock.h>

#include "agent/store/schema.hpp"
#include "agent/store/sqlite_store.hpp"
#include "store_fixture.hpp"

namespace jitgate::test {
namespace {

class SqliteStoreOpenTest : public testing::Test {
 protected:
  Result<SqliteStore> open(MissingFile missing = MissingFile::create) {
    return SqliteStore::open(directory_.path(), missing);
  }
  std::string file() const { return directory_.file("state.db"); }
  void write_grants(int count) {
    auto store = open().value();
    StoreChange change;
    for (int i = 0; i < count; ++i) change.add.push_back(record_of("grant-" + std::to_string(i)));
    store.apply(std::span(&change, 1)).front().value();
  }

  ScratchDirectory directory_;
};

TEST_F(SqliteStoreOpenTest, AMissingDirectoryIsNotMade) {
  const std::string missing = directory_.file("missing");
  EXPECT_TRUE(fails_with(SqliteStore::open(missing), errc::store_failed, "no such file or directory"));
  EXPECT_FALSE(std::filesystem::exists(missing));
}

TEST_F(SqliteStoreOpenTest, AMissingFileIsMadeOnlyWhereAsked) {
  EXPECT_TRUE(fails_with(open(MissingFile::refuse), errc::store_failed, "no such file"));
  EXPECT_FALSE(std::filesystem::exists(file()));
  EXPECT_TRUE(succeeds(open()));
}

TEST_F(SqliteStoreOpenTest, WhatIsNoRegularFileIsRefused) {
  std::filesystem::create_directory(file());
  EXPECT_TRUE(fails_with(open(), errc::store_failed, "not a regular file"));
}

TEST_F(SqliteStoreOpenTest, AFileThatIsNoDatabaseIsRefusedUnchanged) {
  const std::string content(10'000, 'x');
  write_file(file(), content);
  EXPECT_TRUE(fails_with(open(), errc::store_failed, "corrupt"));
  EXPECT_EQ(read_file(file()), content);
}

TEST_F(SqliteStoreOpenTest, ADamagedHeaderIsRefusedUnchanged) {
  write_grants(10);
  std::string content = read_file(file());
  content.replace(0, 64, 64, '\xa5');
  write_file(file(), content);
  EXPECT_TRUE(fails_with(open(), errc::store_failed, "corrupt"));
  EXPECT_EQ(read_file(file()), content);
}

TEST_F(SqliteStoreOpenTest, DamagedPagesAreRefusedUnchanged) {
  write_grants(500);
  std::string content = read_file(file());
  ASSERT_GT(content.size(), 100'000u);
  content.replace(content.size() / 2, 20'000, 20'000, '\x5a');
  write_file(file(), content);
  EXPECT_TRUE(fails_with(open(), errc::store_failed, "corrupt"));
  EXPECT_EQ(read_file(file()), content);
}

TEST_F(SqliteStoreOpenTest, ATruncatedFileIsRefusedUnchanged) {
  write_grants(500);
  std::string content = read_file(file());
  content.resize(content.size() / 2);
  write_file(file(), content);
  EXPECT_TRUE(fails_with(open(), errc::store_failed, "corrupt"));
  EXPECT_EQ(read_file(file()), content);
}

TEST_F(SqliteStoreOpenTest, ANewerSchemaIsRefusedUnchanged) {
  write_grants(1);
  tamper(directory_, "PRAGMA user_version = " + std::to_string(migrations().size() + 1));
  const std::string content = read_file(file());
  EXPECT_TRUE(fails_with(open(), errc::store_failed, "schema version " + std::to_string(migrations().size() + 1)));
  EXPECT_EQ(read_file(file()), content);
}

TEST_F(SqliteStoreOpenTest, SomeOtherProgramsDatabaseIsRefusedUnchanged) {
  for (const char* sql : {"CREATE TABLE t (x)", "PRAGMA application_id = 42", "PRAGMA user_version = 1"}) {
    SCOPED_TRACE(sql);
    const ScratchDirectory other;
    write_file(other.file("state.db"), "");
    tamper(other, sql);
    const std::string content = read_file(other.file("state.db"));
    EXPECT_TRUE(fails_with(SqliteStore::open(other.path()), errc::store_failed, "some other program's"));
    EXPECT_EQ(read_file(other.file("state.db")), content);
  }
}

TEST_F(SqliteStoreOpenTest, AMissingTableIsReportedNotMadeAnew) {
  write_grants(1);
  tamper(directory_, "DROP TABLE settings");
  EXPECT_TRUE(fails_with(open(), errc::store_failed, "settings"));
}

TEST_F(SqliteStoreOpenTest, ASecondOneIsToldThatTheFileIsLocked) {
  auto first = open().value();
  EXPECT_TRUE(fails_with(open(), errc::store_failed, "locked by another program"));
  StoreChange change = adding(record_of("one"));
  EXPECT_TRUE(succeeds(first.apply(std::span(&change, 1)).front()));
}

}  // namespace
}  // namespace jitgate::test
