// Nobody is locked out beside a firewall of others either: established sessions, unlock, a grant, a trial that ends.
#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

class DaemonHonor : public DaemonTest {
 protected:
  DaemonHonor() {
    daemon_.settings.existing_rules = "honor";
    network_.server.check({"nft", "-f", "-"},
                          "table inet others { chain c { type filter hook input priority 0; policy drop;\n"
                          "iif lo accept\nct state established accept\nmeta l4proto ipv6-icmp accept\n"
                          "ip saddr 198.51.100.20 tcp dport 22 accept\n}\n}\n");
  }
  /// The others, while they still let everybody in.
  void others_accept(bool all) {
    network_.server.check({"nft", "chain", "inet", "others", "c", all ? "{ policy accept; }" : "{ policy drop; }"});
  }
};

TEST_F(DaemonHonor, FirstActivationCutsNobody) {
  others_accept(true);
  std::vector<Session> sessions;
  for (const Way way : kWays) sessions.push_back(connect(network_.client, way));
  others_accept(false);
  daemon_.start();
  for (Session& session : sessions) EXPECT_TRUE(session.alive());
  EXPECT_FALSE(opens(network_.client, kTcp4));
}

TEST_F(DaemonHonor, UnlockLetsEverybodyInThroughADropPolicy) {
  daemon_.start();
  EXPECT_FALSE(opens(network_.client, kTcp4));
  ASSERT_EQ(daemon_.cli({"unlock", "--for", "5m", "--justification", "locked out"}).status, 0);
  for (const Way way : kWays) EXPECT_TRUE(opens(network_.client, way)) << to_string(way);
}

TEST_F(DaemonHonor, AnExistingAcceptStaysAndIsReported) {
  daemon_.start();
  EXPECT_TRUE(opens(network_.stranger, kTcp4));
  EXPECT_FALSE(opens(network_.client, kTcp4));
  EXPECT_EQ(daemon_.cli({"status"}).status, 1);
  ASSERT_EQ(daemon_.cli({"acknowledge", "--port", "22/tcp"}).status, 0);
  EXPECT_EQ(daemon_.cli({"status"}).status, 0) << daemon_.cli({"status"}).out;
}

}  // namespace
}  // namespace jitgate::netns
