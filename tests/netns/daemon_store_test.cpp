// A disk that is full, read-only or broken: locks stay, nothing new opens, the status says why, and an administrator
// still gets in.
#include <filesystem>
#include <fstream>

#include "agent/model/timestamp.hpp"
#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

class DaemonStore : public DaemonTest {
 protected:
  /// A state directory of little space, for the daemon alone.
  void give_small_disk() { daemon_.mounts().mount_tmpfs(daemon_.state_directory(), "size=1m,mode=0700"); }
  void fill_disk() {
    daemon_.mounts().run([&] {
      std::ofstream file(filler_, std::ios::binary);
      while (file.put('x').flush()) {
      }
    });
  }
  void empty_disk() {
    daemon_.mounts().run([&] { std::filesystem::remove(filler_); });
  }
  void expect_nothing_new_opens() {
    const auto refusal =
        daemon_.cli({"request", "--port", "23/tcp", "--source", network_.client.ipv4, "--duration", "10m"});
    EXPECT_EQ(refusal.status, 1) << refusal.out;
    EXPECT_FALSE(refusal.err.empty());
    EXPECT_TRUE(refused(network_.client, kTcp4, 23));
    EXPECT_TRUE(all_refused(network_.stranger));
    EXPECT_EQ(daemon_.state(), "degraded");
    EXPECT_NE(daemon_.reasons().find("store: "), std::string::npos) << daemon_.reasons();
  }
  void expect_unlock_works() {
    const auto receipt =
        daemon_.json({"unlock", "--for", "10m", "--source", network_.stranger.ipv6, "--justification", "disk"});
    EXPECT_TRUE(receipt.at("open").as_bool());
    EXPECT_TRUE(opens(network_.stranger, kTcp6));
    EXPECT_TRUE(opens(network_.stranger, kUdp6, 23));
    EXPECT_TRUE(refused(network_.stranger, kTcp4));
  }
  /// Everything as it should be, and what happened meanwhile recorded.
  void expect_recovery() {
    EXPECT_TRUE(eventually([&] { return daemon_.state() == "enforcing"; }, kLong)) << daemon_.reasons();
    (void)daemon_.request("23/tcp", network_.client.ipv4, "10m");
    EXPECT_TRUE(opens(network_.client, kTcp4, 23));
    EXPECT_TRUE(opens(network_.client, kTcp4)) << "granted before";
    EXPECT_TRUE(opens(network_.stranger, kTcp6)) << "unlocked meanwhile";
    EXPECT_EQ(daemon_.audited("lock.unlock"), 1U);
    EXPECT_EQ(daemon_.cli({"audit", "verify"}).status, 0);
  }
  std::string filler_ = daemon_.state_directory() + "/filler";
};

TEST_F(DaemonStore, SurvivesAFullDisk) {
  give_small_disk();
  daemon_.start();
  (void)daemon_.request("22/tcp", network_.client.ipv4, "10m");
  fill_disk();
  expect_nothing_new_opens();
  EXPECT_TRUE(opens(network_.client, kTcp4));
  expect_unlock_works();
  empty_disk();
  expect_recovery();
}

TEST_F(DaemonStore, SurvivesADiskThatIsFullAtTheStart) {
  give_small_disk();
  daemon_.start();
  (void)daemon_.request("22/tcp", network_.client.ipv4, "10m");
  daemon_.kill();
  fill_disk();
  daemon_.start();
  expect_nothing_new_opens();
  expect_unlock_works();
  empty_disk();
  expect_recovery();
}

TEST_F(DaemonStore, SurvivesAReadOnlyDisk) {
  daemon_.mounts().bind(daemon_.state_directory(), daemon_.state_directory());
  daemon_.start();
  (void)daemon_.request("22/tcp", network_.client.ipv4, "10m");
  daemon_.kill();
  daemon_.mounts().remount(daemon_.state_directory(), true);
  daemon_.start();
  expect_nothing_new_opens();
  expect_unlock_works();
  daemon_.mounts().remount(daemon_.state_directory(), false);
  expect_recovery();
}

TEST_F(DaemonStore, SurvivesACorruptDatabase) {
  daemon_.start();
  (void)daemon_.request("22/tcp", network_.client.ipv4, "10m");
  ASSERT_EQ(daemon_.stop(), 0);
  const auto database = daemon_.state_directory() + "/state.db";
  const auto sound = read_text(database);
  write_text(database, std::string(sound.size(), '\xa5'));
  daemon_.start();
  expect_nothing_new_opens();
  EXPECT_TRUE(refused(network_.client, kTcp4)) << "what cannot be read cannot be opened";
  expect_unlock_works();
  write_text(daemon_.state_directory() + "/mended", sound);
  std::filesystem::rename(daemon_.state_directory() + "/mended", database);
  expect_recovery();
}

TEST_F(DaemonStore, AFullDiskHoldsNoEndUp) {
  give_small_disk();
  daemon_.start();
  const auto ends = daemon_.request("22/tcp", network_.client.ipv4, "5s");
  const auto stays = daemon_.request("23/udp", network_.client.ipv4, "10m");
  fill_disk();
  expect_nothing_new_opens();
  // By packets, and by the daemon's own count: it is not the kernel's timeout alone.
  EXPECT_TRUE(closes(network_.client, kTcp4));
  const auto active = [&] { return daemon_.status().at("grants").at("active").as_int64(); };
  EXPECT_TRUE(eventually([&] { return active() == 1; }, kLong));
  EXPECT_TRUE(opens(network_.client, kUdp4, 23));
  EXPECT_EQ(daemon_.state(), "degraded");
  const auto emptied = std::chrono::system_clock::now();
  empty_disk();
  EXPECT_TRUE(eventually([&] { return daemon_.state() == "enforcing"; }, kLong));
  EXPECT_TRUE(eventually([&] { return daemon_.condition(ends) == "Expired"; }, kLong));
  EXPECT_EQ(daemon_.condition(stays), "Initiated");
  // Recorded as of when it happened, not of when it could be written.
  const auto records = daemon_.json({"audit", "--grant", ends}).as_array();
  ASSERT_EQ(text(records.back(), "operation"), "grant.expire");
  const auto written = parse_timestamp(text(records.back(), "time")).value();
  EXPECT_LE(written, emptied);
}

TEST_F(DaemonStore, RevokingWorksOnAFullDisk) {
  give_small_disk();
  daemon_.start();
  const auto id = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  fill_disk();
  const auto revoked = daemon_.cli({"revoke", id});
  EXPECT_NE(revoked.err.find("not recorded yet"), std::string::npos) << revoked.err;
  EXPECT_TRUE(refused(network_.client, kTcp4));
  empty_disk();
  EXPECT_TRUE(eventually([&] { return daemon_.state() == "enforcing"; }, kLong));
  EXPECT_TRUE(eventually([&] { return daemon_.condition(id) == "UserRequested"; }, kLong));
}

}  // namespace
}  // namespace jitgate::netns
