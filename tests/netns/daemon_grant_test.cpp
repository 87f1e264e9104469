// The main job: locked, asked for, open for exactly that, closed on time, what was established stays.
#include <ctime>

#include "tests/netns/daemon_fixture.hpp"

namespace jitgate::netns {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using SteadyClock = std::chrono::steady_clock;

class DaemonGrant : public DaemonTest, public ::testing::WithParamInterface<Way> {
 protected:
  Way way_ = GetParam();
  std::string client_ = address_of(network_.client, way_);
};

INSTANTIATE_TEST_SUITE_P(EachWay, DaemonGrant, ::testing::ValuesIn(kWays),
                         [](const auto& tested) { return to_string(tested.param); });

TEST_P(DaemonGrant, LetsNobodyInWithoutOne) {
  EXPECT_TRUE(opens(network_.stranger, way_)) << "nothing is locked yet";
  daemon_.start();
  EXPECT_EQ(daemon_.state(), "enforcing");
  EXPECT_TRUE(all_refused(network_.client));
  EXPECT_TRUE(all_refused(network_.stranger));
}

TEST_P(DaemonGrant, OpensExactlyItsSourceProtocolAndPort) {
  daemon_.start();
  const auto id = daemon_.request(port_text(way_, 22), client_, "10m");
  EXPECT_TRUE(opens(network_.client, way_));
  for (const Way other : kWays) {
    if (other.tcp == way_.tcp && other.ipv6 == way_.ipv6) continue;
    EXPECT_TRUE(refused(network_.client, other)) << to_string(other);
  }
  EXPECT_TRUE(refused(network_.client, way_, 23));
  EXPECT_TRUE(all_refused(network_.stranger));
  const auto shown = daemon_.grant(id).at("ports").at(0);
  EXPECT_EQ(text(shown, "allowedSourceAddressPrefix"), client_);
  EXPECT_EQ(text(shown, "protocol"), way_.tcp ? "TCP" : "UDP");
  EXPECT_EQ(text(shown, "status"), "Initiated");
}

TEST_P(DaemonGrant, ClosesOnTimeAndKeepsWhatIsEstablished) {
  daemon_.start();
  const auto asked = SteadyClock::now();
  const auto id = daemon_.request(port_text(way_, 22), client_, "5s");
  const auto granted = SteadyClock::now();
  auto session = connect(network_.client, way_);
  auto last_success = granted;
  const auto turned_away = [&] {
    const auto tried = SteadyClock::now();
    if (!opens(network_.client, way_)) return true;
    last_success = tried;
    return false;
  };
  ASSERT_TRUE(eventually(turned_away, kLong)) << "it never closes";
  // The kernel stops matching at most 4 ms early, and never late; what the test machine is busy with cannot make these
  // fail.
  EXPECT_GE(SteadyClock::now() - asked, seconds(5) - milliseconds(20));
  EXPECT_LE(last_success - granted, seconds(5) + milliseconds(20));
  EXPECT_TRUE(refused(network_.client, way_));
  EXPECT_TRUE(session.alive());
  EXPECT_TRUE(eventually([&] { return daemon_.condition(id) == "Expired"; }, kLong));
  EXPECT_EQ(daemon_.operations(id), (std::vector<std::string>{"grant.open", "grant.expire"}));
  EXPECT_EQ(daemon_.remaining(id), 0);
  EXPECT_TRUE(session.alive()) << "and it stays";
}

class DaemonLock : public DaemonTest {};

TEST_F(DaemonLock, DropsInSilenceWhereTheConfigurationSaysDrop) {
  daemon_.settings.deny_action = "drop";
  daemon_.start();
  const Host& server = network_.server;
  EXPECT_EQ(tcp_connects(network_.stranger, {server.ipv4, 22}, kSilence), Outcome::timed_out);
  EXPECT_EQ(tcp_connects(network_.stranger, {server.ipv6, 22}, kSilence), Outcome::timed_out);
  EXPECT_EQ(udp_echoes(network_.stranger, {server.ipv4, 22}, kSilence), Outcome::timed_out);
  EXPECT_EQ(udp_echoes(network_.stranger, {server.ipv6, 22}, kSilence), Outcome::timed_out);
  (void)daemon_.request("22/tcp", network_.client.ipv4, "10m");
  EXPECT_TRUE(opens(network_.client, kTcp4));
}

TEST_F(DaemonLock, LetsAlwaysAllowedSourcesIn) {
  daemon_.settings.ports = {{22, "\"*\"", {}}};
  daemon_.start();
  EXPECT_TRUE(refused(network_.client, kTcp4));
  EXPECT_TRUE(refused(network_.client, kUdp6));
  std::string config = read_text(daemon_.config_path());
  config.replace(config.find("policy:\n"), 8, "policy:\n  alwaysAllow: [" + network_.client.ipv4 + "/32]\n");
  write_text(daemon_.config_path(), config);
  ASSERT_TRUE(daemon_.reload_file());
  EXPECT_TRUE(opens(network_.client, kTcp4));
  EXPECT_TRUE(opens(network_.client, kUdp4));
  EXPECT_TRUE(refused(network_.client, kTcp6));
  EXPECT_TRUE(refused(network_.stranger, kTcp4));
}

TEST_F(DaemonLock, RefusesWhatThePolicyDoesNotAllowAndOpensNothing) {
  daemon_.start();
  const auto rules = ruleset();
  const std::vector<std::vector<std::string>> refusals{
      {"--port", "24/tcp", "--source", network_.client.ipv4, "--duration", "10m"},
      {"--port", "22/tcp", "--source", "198.51.0.0/16", "--duration", "10m"},
      {"--port", "22/tcp", "--source", network_.client.ipv4, "--duration", "4h"},
      {"--port", "22/tcp", "--source", network_.client.ipv4, "--until", "2001-01-01T00:00:00Z"}};
  for (auto arguments : refusals) {
    arguments.insert(arguments.begin(), "request");
    const auto result = daemon_.cli(arguments);
    EXPECT_EQ(result.status, 1) << arguments[2] << " " << arguments[4] << ": " << result.out;
    EXPECT_FALSE(result.err.empty());
  }
  EXPECT_EQ(daemon_.cli({"request", "--port", "70000", "--source", "10.0.0.0/33", "--duration", "1h"}).status, 2);
  EXPECT_EQ(ruleset(), rules);
  EXPECT_EQ(daemon_.status().at("grants").at("active"), 0);
}

}  // namespace
}  // namespace jitgate::netns
