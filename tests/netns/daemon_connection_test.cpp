// Turning jitgate on cuts nobody, and neither does somebody else who forgets every tracked connection.
#include <gtest/gtest.h>

#include "tests/netns/connection_fixture.hpp"
#include "tests/netns/daemon.hpp"

namespace jitgate::netns {
namespace {

/// linux.md: a connection that lost its tracking entry is mended within 5 s.
constexpr std::chrono::seconds kMended{5};

class DaemonConnection : public ::testing::Test {
 protected:
  DaemonConnection() {
    daemon_.settings.ports = {{kTcpPort, "TCP", {}}, {2222, "TCP", {}}, {kUdpPort, "UDP", {}}};
    daemon_.settings.deny_action = "drop";
  }
  ~DaemonConnection() override {
    if (HasFailure()) GTEST_LOG_(INFO) << "the daemon's log:\n" << daemon_.log();
  }
  ::testing::AssertionResult all_pass(const std::vector<Ends>& all) {
    for (const auto& ends : all) {
      const auto both = [&] { return ends.to_server(kSilence) && ends.to_client(kSilence); };
      if (!eventually(both, kMended)) return ::testing::AssertionFailure() << to_string(ends.kind) << " was cut";
    }
    return ::testing::AssertionSuccess();
  }
  void expect_locked() {
    const Host& server = base_.network.server;
    // From where there are connections: nothing new rides on them.
    const Host& client = base_.network.client;
    EXPECT_EQ(tcp_connects(client, {server.ipv4, kTcpPort}, kSilence), Outcome::timed_out);
    EXPECT_EQ(tcp_connects(client, {server.ipv6, kTcpPort}, kSilence), Outcome::timed_out);
    EXPECT_EQ(tcp_connects(client, {server.ipv4, 2222}, kSilence), Outcome::timed_out);
  }

  ConnectionTest base_;
  Daemon daemon_{base_.network.server};
};

TEST_F(DaemonConnection, FirstActivationCutsNobody) {
  const auto mine = base_.connect_all(base_.network.client);
  const auto others = base_.connect_all(base_.network.stranger);
  daemon_.start();
  EXPECT_TRUE(all_pass(mine));
  EXPECT_TRUE(all_pass(others));
  expect_locked();
  EXPECT_EQ(daemon_.state(), "enforcing");
}

TEST_F(DaemonConnection, ForgottenConnectionsAreMended) {
  const auto mine = base_.connect_all(base_.network.client);
  daemon_.start();
  ASSERT_TRUE(all_pass(mine));
  for (int round = 0; round < 3; ++round) {
    base_.flush();
    EXPECT_TRUE(all_pass(mine)) << "round " << round;
    expect_locked();
  }
}

TEST_F(DaemonConnection, ForgottenWhileTheDaemonIsDeadIsMendedAtItsStart) {
  const auto mine = base_.connect_all(base_.network.client);
  daemon_.start();
  ASSERT_TRUE(all_pass(mine));
  daemon_.kill();
  base_.flush();
  daemon_.start();
  EXPECT_TRUE(all_pass(mine));
  expect_locked();
}

TEST_F(DaemonConnection, DisableAndEnableCutNobody) {
  const auto mine = base_.connect_all(base_.network.client);
  daemon_.start();
  for (const char* command : {"disable", "enable", "disable", "enable"}) {
    (void)daemon_.json({command});
    EXPECT_TRUE(all_pass(mine)) << command;
  }
  expect_locked();
}

TEST_F(DaemonConnection, AReloadThatLocksAnotherPortCutsNobodyThere) {
  const auto ports = daemon_.settings.ports;
  daemon_.settings.ports = {{kTcpPort, "TCP", {}}};
  daemon_.start();
  const auto on_udp = base_.connect(Kind::udp_v4, base_.network.client);
  const auto on_udp6 = base_.connect(Kind::udp_v6, base_.network.client);
  const auto on_dual = base_.connect(Kind::tcp_mapped, base_.network.client);
  daemon_.settings.ports = ports;
  ASSERT_TRUE(daemon_.reload());
  for (const auto* ends : {&on_udp, &on_udp6, &on_dual}) EXPECT_TRUE(ends->passes()) << to_string(ends->kind);
  expect_locked();
}

}  // namespace
}  // namespace jitgate::netns
