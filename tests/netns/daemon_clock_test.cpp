// Wrong clocks, reboots and clones. The daemon's wall clock is moved by a preloaded library (wall_clock_preload.cpp);
// its boot clock and the kernel's timers stay real. A reboot is another boot_id, a young CLOCK_BOOTTIME (a time
// namespace) and an empty ruleset; a clone is another /etc/machine-id. Both files are bind-mounted for it alone.
#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class DaemonClock : public DaemonTest {
 protected:
  DaemonClock() { daemon_.set_wall_clock(seconds(0)); }

  void replace_for_daemon(const std::string& file, const std::string& content) {
    const auto other = daemon_.scratch().file("other-" + std::to_string(replaced_++));
    write_text(other, content + "\n");
    daemon_.mounts().bind(other, file);
  }
  /// Kills the daemon; the machine that starts again is `uptime` old and holds nothing of before but the disk.
  void reboot(seconds uptime) {
    daemon_.kill();
    network_.server.check({"nft", "flush", "ruleset"});
    replace_for_daemon("/proc/sys/kernel/random/boot_id",
                       "00000000-0000-4000-8000-00000000000" + std::to_string(replaced_));
    daemon_.boottime = uptime;
  }
  std::int64_t waiting() { return daemon_.status().at("grants").at("pending").to_number<std::int64_t>(); }

 private:
  int replaced_ = 0;
};

TEST_F(DaemonClock, AnEarlierClockOpensNothing) {
  daemon_.start();
  const auto before = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  daemon_.kill();
  daemon_.set_wall_clock(-hours(1));
  daemon_.start();
  EXPECT_EQ(daemon_.state(), "degraded");
  EXPECT_NE(daemon_.reasons().find("clock: earlier than"), std::string::npos) << daemon_.reasons();
  const auto refusal =
      daemon_.cli({"request", "--port", "23/tcp", "--source", network_.client.ipv4, "--duration", "10m"});
  EXPECT_EQ(refusal.status, 1);
  EXPECT_NE(refusal.err.find("--accept-clock"), std::string::npos) << refusal.err;
  EXPECT_TRUE(refused(network_.client, kTcp4, 23));
  EXPECT_TRUE(all_refused(network_.stranger));
  EXPECT_LE(daemon_.remaining(before), 600) << "an earlier clock makes no grant longer: boot time counts";

  (void)daemon_.json({"enable", "--accept-clock"});
  EXPECT_EQ(daemon_.state(), "enforcing") << daemon_.reasons();
  (void)daemon_.request("23/tcp", network_.client.ipv4, "10m");
  EXPECT_TRUE(opens(network_.client, kTcp4, 23));
}

TEST_F(DaemonClock, AClockSetBackDoesNotProlongAGrant) {
  daemon_.start();
  const auto asked = std::chrono::steady_clock::now();
  const auto id = daemon_.request("22/tcp", network_.client.ipv4, "5s");
  daemon_.kill();
  daemon_.set_wall_clock(-hours(1));
  daemon_.start();
  EXPECT_TRUE(closes(network_.client, kTcp4));
  EXPECT_LT(std::chrono::steady_clock::now() - asked, hours(1));
  EXPECT_TRUE(eventually([&] { return daemon_.condition(id) == "Expired"; }, kLong));
}

TEST_F(DaemonClock, AClockSetBackWhileItRunsRefusesRequests) {
  daemon_.start();
  const auto id = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  daemon_.set_wall_clock(-hours(1));
  EXPECT_EQ(daemon_.cli({"request", "--port", "23/tcp", "--source", network_.client.ipv4, "--duration", "1m"}).status,
            1);
  EXPECT_EQ(daemon_.state(), "degraded");
  EXPECT_EQ(daemon_.condition(id), "Initiated");
  daemon_.set_wall_clock(seconds(0));
  EXPECT_TRUE(eventually([&] { return daemon_.state() == "enforcing"; }, kLong));
  (void)daemon_.request("23/tcp", network_.client.ipv4, "10m");
}

TEST_F(DaemonClock, ALaterClockExpires) {
  daemon_.start();
  const auto id = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  auto session = connect(network_.client, kTcp4);
  daemon_.kill();
  daemon_.set_wall_clock(hours(1));
  daemon_.start();
  EXPECT_TRUE(refused(network_.client, kTcp4));
  EXPECT_TRUE(eventually([&] { return daemon_.condition(id) == "Expired"; }, kLong));
  EXPECT_TRUE(session.alive());
  EXPECT_EQ(daemon_.state(), "enforcing");
  // Set right again, it is earlier than the daemon has seen; the grant that has ended stays ended.
  daemon_.kill();
  daemon_.set_wall_clock(seconds(0));
  daemon_.start();
  EXPECT_EQ(daemon_.state(), "degraded");
  EXPECT_TRUE(refused(network_.client, kTcp4));
  EXPECT_EQ(daemon_.condition(id), "Expired");
}

TEST_F(DaemonClock, AfterARebootGrantsWaitForASynchronisedClock) {
  daemon_.start();
  const auto valid = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  const auto expired = daemon_.request("23/tcp", network_.client.ipv4, "2s");
  EXPECT_TRUE(closes(network_.client, kTcp4, 23));
  reboot(seconds(20));
  daemon_.set_wall_clock(seconds(0), false);
  daemon_.start();
  EXPECT_TRUE(all_refused(network_.client));
  EXPECT_NE(daemon_.reasons().find("clock: restored grants wait"), std::string::npos) << daemon_.reasons();
  EXPECT_GE(waiting(), 1);
  daemon_.set_wall_clock(seconds(0), true);
  EXPECT_TRUE(eventually([&] { return opens(network_.client, kTcp4); }, kLong));
  EXPECT_TRUE(eventually([&] { return waiting() == 0; }, kLong));
  EXPECT_EQ(daemon_.condition(valid), "Initiated");
  EXPECT_LE(daemon_.remaining(valid), 600);
  EXPECT_TRUE(eventually([&] { return daemon_.condition(expired) == "Expired"; }, kLong));
  EXPECT_TRUE(refused(network_.client, kTcp4, 23));
}

TEST_F(DaemonClock, AfterARebootTheWaitHasAnEnd) {
  daemon_.settings.more = "clock: {wait: PT30S}\n";
  daemon_.start();
  const auto id = daemon_.request("22/udp", network_.client.ipv6, "10m");
  reboot(seconds(26));
  daemon_.set_wall_clock(seconds(0), false);
  daemon_.start();
  EXPECT_TRUE(eventually([&] { return opens(network_.client, kUdp6); }, kLong));
  EXPECT_EQ(daemon_.condition(id), "Initiated");
  EXPECT_EQ(daemon_.operations(id), (std::vector<std::string>{"grant.open", "grant.restore"}));
}

TEST_F(DaemonClock, AWrongClockAtBootBuriesNothing) {
  daemon_.start();
  const auto id = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  reboot(seconds(20));
  daemon_.set_wall_clock(hours(24), false);
  daemon_.start();
  EXPECT_TRUE(refused(network_.client, kTcp4));
  EXPECT_EQ(daemon_.condition(id), "Initiated") << "nobody can tell yet";
  EXPECT_EQ(waiting(), 1);
}

TEST_F(DaemonClock, ACloneOpensNoGrantOfItsOriginal) {
  daemon_.start();
  const auto id = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  daemon_.kill();
  replace_for_daemon("/etc/machine-id", "0123456789abcdef0123456789abcdef");
  daemon_.start();
  EXPECT_TRUE(all_refused(network_.client));
  EXPECT_NE(daemon_.reasons().find("clone: 1 grants"), std::string::npos) << daemon_.reasons();
  EXPECT_EQ(daemon_.audited("host.clone"), 1U);
  daemon_.kill();
  daemon_.start();
  EXPECT_TRUE(refused(network_.client, kTcp4)) << "held over a restart";
  EXPECT_EQ(daemon_.audited("host.clone"), 1U);
  const auto own = daemon_.request("23/tcp", network_.client.ipv4, "10m");
  EXPECT_TRUE(opens(network_.client, kTcp4, 23));
  EXPECT_NE(own, id);
}

}  // namespace
}  // namespace jitgate::netns
