#include "agent/store/schema.hpp"

#include <gtest/gtest.h>

#include "platform/private_file.hpp"
#include "store_fixture.hpp"

namespace jitgate::test {
namespace {

class SchemaTest : public testing::Test {
 protected:
  SqliteDatabase open() {
    create_private_file(directory_.file("state.db")).value();
    auto database = SqliteDatabase::open(directory_.file("state.db")).value();
    database.keep_changes();
    return database;
  }
  static Result<void> bring_to(SqliteDatabase& database, std::span<const Migration> known) {
    if (auto inspected = inspect_schema(database, known); !inspected) return inspected.error();
    return migrate_schema(database, known);
  }
  static std::int64_t version(SqliteDatabase& database) {
    return database.query_integer("PRAGMA user_version", "test").value();
  }

  ScratchDirectory directory_;
};

constexpr Migration kFirst{"CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1);"};
constexpr Migration kSecond{"ALTER TABLE a ADD COLUMN y INTEGER NOT NULL DEFAULT 7;"};
constexpr Migration kBroken{"CREATE TABLE b (x INTEGER); CREATE TABLE a (x INTEGER);"};

TEST_F(SchemaTest, MigratesStepByStepAndKeepsTheData) {
  const Migration both[] = {kFirst, kSecond};
  {
    auto database = open();
    ASSERT_TRUE(succeeds(bring_to(database, std::span(both).first(1))));
    EXPECT_EQ(version(database), 1);
  }
  auto database = open();
  ASSERT_TRUE(succeeds(bring_to(database, both)));
  EXPECT_EQ(version(database), 2);
  EXPECT_EQ(database.query_integer("SELECT x + y FROM a", "test").value(), 8);
  EXPECT_EQ(database.query_integer("PRAGMA application_id", "test").value(), kApplicationId);
}

TEST_F(SchemaTest, AFreshFileGoesThroughAllSteps) {
  const Migration both[] = {kFirst, kSecond};
  auto database = open();
  ASSERT_TRUE(succeeds(bring_to(database, both)));
  EXPECT_EQ(version(database), 2);
}

TEST_F(SchemaTest, AFailedMigrationChangesNothing) {
  const Migration broken[] = {kFirst, kBroken};
  auto database = open();
  ASSERT_TRUE(succeeds(bring_to(database, std::span(broken).first(1))));
  EXPECT_TRUE(fails_with(bring_to(database, broken), errc::store_failed, "upgrade the store"));
  EXPECT_FALSE(database.in_transaction());
  EXPECT_EQ(version(database), 1);
  EXPECT_EQ(database.query_integer("SELECT count(*) FROM sqlite_schema WHERE name = 'b'", "test").value(), 0);
}

TEST_F(SchemaTest, MigratingTwiceIsOnce) {
  auto database = open();
  ASSERT_TRUE(succeeds(bring_to(database, migrations())));
  EXPECT_TRUE(succeeds(bring_to(database, migrations())));
  EXPECT_EQ(version(database), static_cast<std::int64_t>(migrations().size()));
}

}  // namespace
}  // namespace jitgate::test
