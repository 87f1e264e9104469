// The end of a grant and the connections made under it: kept, cut, or kept for a while.
#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

constexpr const char* kSecond4 = "203.0.113.7";
constexpr const char* kSecond6 = "2001:db8:7::7";

class DaemonTerminate : public DaemonTest {
 protected:
  DaemonTerminate() {
    network_.add_address(network_.client, kSecond4);
    network_.add_address(network_.client, kSecond6);
  }
  void all_ports(const std::string& on_expiry) {
    daemon_.settings.ports.clear();
    for (const int number : {22, 23}) {
      for (const char* protocol : {"TCP", "UDP"}) {
        daemon_.settings.ports.push_back({number, protocol, ", onExpiry: " + on_expiry});
      }
    }
  }
};

TEST_F(DaemonTerminate, RevokingKeepsWhatIsEstablished) {
  daemon_.start();
  for (const Way way : kWays) {
    const auto id = daemon_.request(port_text(way, 22), address_of(network_.client, way), "10m");
    auto session = connect(network_.client, way);
    (void)daemon_.json({"revoke", id});
    EXPECT_TRUE(refused(network_.client, way)) << to_string(way);
    EXPECT_TRUE(session.alive()) << to_string(way);
    EXPECT_EQ(daemon_.condition(id), "UserRequested");
    EXPECT_EQ(daemon_.operations(id), (std::vector<std::string>{"grant.open", "grant.revoke"}));
    EXPECT_EQ(daemon_.cli({"revoke", id}).status, 1) << "it has ended";
  }
}

TEST_F(DaemonTerminate, RevokingWithTerminateCutsExactlyItsConnections) {
  daemon_.start();
  for (const Way way : kWays) {
    SCOPED_TRACE(to_string(way));
    const std::string second = way.ipv6 ? kSecond6 : kSecond4;
    const auto id = daemon_.request(port_text(way, 22), address_of(network_.client, way), "10m");
    (void)daemon_.request(port_text(way, 23), address_of(network_.client, way), "10m");
    (void)daemon_.request(port_text(way, 22), second, "10m");
    (void)daemon_.request(port_text(way, 22), address_of(network_.stranger, way), "10m");
    auto one = connect(network_.client, way);
    auto two = connect(network_.client, way);
    auto other_port = connect(network_.client, way, 23);
    auto other_address = connect(network_.client, way, 22, second);
    auto other_host = connect(network_.stranger, way);
    const auto receipt = daemon_.json({"revoke", id, "--terminate"});
    EXPECT_TRUE(one.dead());
    EXPECT_TRUE(two.dead());
    EXPECT_TRUE(other_port.alive());
    EXPECT_TRUE(other_address.alive());
    EXPECT_TRUE(other_host.alive());
    EXPECT_GE(receipt.as_object().at("terminated").to_number<int>(), 2);
    EXPECT_TRUE(refused(network_.client, way));
  }
}

TEST_F(DaemonTerminate, SparesWhatWasEstablishedBeforeTheLock) {
  auto older = connect(network_.client, kTcp4);
  daemon_.start();
  const auto id = daemon_.request("22/tcp", network_.client.ipv4, "10m");
  auto newer = connect(network_.client, kTcp4);
  (void)daemon_.json({"revoke", id, "--terminate"});
  EXPECT_TRUE(newer.dead());
  EXPECT_TRUE(older.alive());
}

TEST_F(DaemonTerminate, OnExpiryTerminateCutsAtTheEnd) {
  all_ports("terminate");
  daemon_.start();
  std::vector<std::string> ids;
  for (const Way way : kWays) {
    ids.push_back(daemon_.request(port_text(way, 22), address_of(network_.client, way), "8s"));
    (void)daemon_.request(port_text(way, 22), address_of(network_.stranger, way), "10m");
  }
  std::vector<Session> cut;
  std::vector<Session> kept;
  for (const Way way : kWays) {
    cut.push_back(connect(network_.client, way));
    kept.push_back(connect(network_.stranger, way));
  }
  for (const auto& id : ids) {
    EXPECT_TRUE(eventually([&] { return daemon_.condition(id) == "Expired"; }, kLong));
  }
  for (std::size_t i = 0; i < cut.size(); ++i) {
    EXPECT_TRUE(eventually([&] { return cut[i].dead(); }, kLong)) << to_string(kWays[i]);
    EXPECT_TRUE(kept[i].alive()) << to_string(kWays[i]);
  }
  EXPECT_TRUE(eventually([&] { return daemon_.audited("connection.terminate") == ids.size(); }, kLong));
}

TEST_F(DaemonTerminate, OnExpiryTerminateIsMadeUpForAfterACrash) {
  all_ports("terminate");
  daemon_.start();
  const auto id = daemon_.request("22/tcp", network_.client.ipv4, "3s");
  auto session = connect(network_.client, kTcp4);
  daemon_.kill();
  ASSERT_TRUE(closes(network_.client, kTcp4));
  EXPECT_TRUE(session.alive()) << "the kernel alone closes, it does not cut";
  daemon_.start();
  EXPECT_TRUE(eventually([&] { return session.dead(); }, kLong));
  EXPECT_EQ(daemon_.condition(id), "Expired");
}

// The shortest time that can be configured is a minute; the daemon's wall clock is moved on to it (see
// wall_clock_preload.cpp), the kernel's is not.
TEST_F(DaemonTerminate, KeepAtMostCutsWhenItsTimeIsOver) {
  all_ports("{keepAtMost: PT1M}");
  daemon_.set_wall_clock(std::chrono::seconds(0));
  daemon_.start();
  const auto id = daemon_.request("22/tcp", network_.client.ipv4, "3s");
  auto session = connect(network_.client, kTcp4);
  ASSERT_TRUE(eventually([&] { return daemon_.condition(id) == "Expired"; }, kLong));
  EXPECT_TRUE(session.alive()) << "kept for a minute";
  EXPECT_TRUE(refused(network_.client, kTcp4));
  daemon_.kill();
  daemon_.set_wall_clock(std::chrono::seconds(61));
  daemon_.start();
  EXPECT_TRUE(eventually([&] { return session.dead(); }, kLong));
  EXPECT_EQ(daemon_.audited("connection.terminate"), 1U);
}

}  // namespace
}  // namespace jitgate::netns
