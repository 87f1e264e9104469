// Real disks that are small or read-only, in a mount namespace of the test's own.

#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>

#include "agent/store/sqlite_store.hpp"
#include "child_process.hpp"
#include "platform/instance_lock.hpp"
#include "store_fixture.hpp"
#include "tests/unit/store/load_all.hpp"

namespace jitgate::test {
namespace {

Result<void> apply(SqliteStore& store, const StoreChange& change) {
  return store.apply(std::span(&change, 1)).front();
}

// A private mount namespace: nothing that is mounted here is seen outside, and all of it ends with the process.
bool enter_own_mounts() {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

bool may_mount() {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(enter_own_mounts() ? 0 : 1);
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

class RealDiskTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!may_mount()) GTEST_SKIP() << "needs the right to mount";
  }
  void mount_small() { ASSERT_EQ(::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, "size=512k"), 0); }
  void remount_read_only() {
    ASSERT_EQ(::mount(directory_.path().c_str(), directory_.path().c_str(), nullptr, MS_BIND, nullptr), 0);
    ASSERT_EQ(::mount("none", directory_.path().c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr), 0);
  }
  void fill() {
    std::ofstream filler(directory_.file("filler"), std::ios::binary);
    const std::string block(4096, 'x');
    while (filler << block && filler.flush()) {
    }
  }

  ScratchDirectory directory_;
};

TEST_F(RealDiskTest, AFullDiskIsNamedAndRecoversWhenThereIsRoom) {
  in_child([this] {
    ASSERT_TRUE(enter_own_mounts());
    mount_small();
    auto store = SqliteStore::open(directory_.path()).value();
    ASSERT_TRUE(succeeds(apply(store, adding(record_of("first")))));
    fill();
    StoreChange large;
    for (int i = 0; i < 200; ++i) large.add.push_back(record_of("grant-" + std::to_string(i)));
    EXPECT_TRUE(fails_with(apply(store, large), errc::store_failed, "the disk is full"));
    EXPECT_TRUE(fails_with(apply(store, large), errc::store_failed, "the disk is full"));
    EXPECT_EQ(load_all(store).value().live.size(), 1u);
    std::filesystem::remove(directory_.file("filler"));
    EXPECT_TRUE(succeeds(apply(store, large)));
    EXPECT_EQ(load_all(store).value().live.size(), 201u);
  });
}

TEST_F(RealDiskTest, AFullDiskAtStartIsNamedAndLeavesTheLockToTheInstance) {
  in_child([this] {
    ASSERT_TRUE(enter_own_mounts());
    mount_small();
    fill();
    const auto lock = lock_instance(directory_.path());
    EXPECT_TRUE(succeeds(lock));
    EXPECT_TRUE(fails_with(lock_instance(directory_.path()), errc::conflict, "another jitgated is running"));
    EXPECT_TRUE(fails_with(SqliteStore::open(directory_.path()), errc::store_failed, "the disk is full"));
    std::filesystem::remove(directory_.file("filler"));
    EXPECT_TRUE(succeeds(SqliteStore::open(directory_.path())));
  });
}

TEST_F(RealDiskTest, AReadOnlyDiskIsNamed) {
  { ASSERT_TRUE(succeeds(SqliteStore::open(directory_.path()))); }
  in_child([this] {
    ASSERT_TRUE(enter_own_mounts());
    remount_read_only();
    EXPECT_TRUE(fails_with(SqliteStore::open(directory_.path()), errc::store_failed, "read-only"));
    const auto lock = lock_instance(directory_.path());
    EXPECT_TRUE(succeeds(lock));
    EXPECT_TRUE(fails_with(lock_instance(directory_.path()), errc::conflict, "another jitgated is running"));
  });
  EXPECT_TRUE(succeeds(SqliteStore::open(directory_.path())));
}

TEST_F(RealDiskTest, AnEmptyReadOnlyDiskIsNamed) {
  in_child([this] {
    ASSERT_TRUE(enter_own_mounts());
    remount_read_only();
    EXPECT_TRUE(fails_with(SqliteStore::open(directory_.path()), errc::store_failed, "read-only"));
  });
}

}  // namespace
}  // namespace jitgate::test
