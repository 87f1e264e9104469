// What is counted: denied packets, and in audit mode what would have been denied.
#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

class DaemonCounter : public DaemonTest {
 protected:
  std::int64_t denied() { return daemon_.status().at("deniedPackets").to_number<std::int64_t>(); }
};

TEST_F(DaemonCounter, CountsEveryDeniedPacketAndNoOther) {
  daemon_.start();
  (void)daemon_.request("22/tcp", network_.client.ipv4, "10m");
  EXPECT_EQ(denied(), 0);
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_EQ(denied(), 0);
  EXPECT_TRUE(all_refused(network_.stranger));
  EXPECT_EQ(denied(), 8) << "four ways to two ports, each refused at its first packet";
}

TEST_F(DaemonCounter, AuditModeDropsNothingAndCounts) {
  daemon_.settings.mode = "audit";
  daemon_.start();
  EXPECT_EQ(daemon_.state(), "audit");
  (void)daemon_.request("22/tcp", network_.client.ipv4, "10m");
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_EQ(denied(), 0) << "this one is granted";
  for (const Way way : kWays) {
    const auto before = denied();
    EXPECT_TRUE(opens(network_.stranger, way)) << to_string(way);
    EXPECT_GT(denied(), before) << to_string(way);
  }
}

TEST_F(DaemonCounter, EnforcingAfterAuditKeepsWhatWasLetIn) {
  daemon_.settings.mode = "audit";
  daemon_.start();
  auto tcp = connect(network_.stranger, kTcp4);
  auto udp = connect(network_.stranger, kUdp6);
  daemon_.settings.mode = "enforce";
  ASSERT_TRUE(daemon_.reload());
  EXPECT_EQ(daemon_.state(), "enforcing");
  EXPECT_TRUE(all_refused(network_.stranger));
  EXPECT_TRUE(tcp.alive());
  EXPECT_TRUE(udp.alive());
}

}  // namespace
}  // namespace jitgate::netns
