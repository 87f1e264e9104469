#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cerrno>

#include "tests/netns/connection_fixture.hpp"

namespace jitgate::netns {
namespace {

class ConnectionTerminate : public ::testing::Test, public ConnectionTest {
 protected:
  std::size_t terminate_from(const Host& host) {
    return terminate(locked_ports(), [&](const Connection& connection) { return is_from(connection, host); });
  }

  std::size_t terminate(const std::vector<TransportPort>& ports, const std::function<bool(const Connection&)>& which) {
    const Result<std::size_t> ended = tracker->terminate(of_anybody(ports), which);
    if (!ended) throw std::runtime_error(describe(ended.error()));
    return *ended;
  }

  static bool is_from(const Connection& connection, const Host& host) {
    return connection.remote.to_string() == host.ipv4 || connection.remote.to_string() == host.ipv6;
  }
};

TEST_F(ConnectionTerminate, EndsExactlyTheChosenConnections) {
  const std::vector<Ends> chosen = connect_all(network.client);
  const std::vector<Ends> others = connect_all(network.stranger);
  const Ends other_port = connect(Kind::udp_v4, network.client, 54);
  start_tracking();
  list_and_seed();
  lock();
  ASSERT_TRUE(other_port.passes());

  EXPECT_EQ(terminate_from(network.client), chosen.size());
  for (const Ends& ends : chosen) {
    SCOPED_TRACE(to_string(ends.kind));
    EXPECT_EQ(pending_error(ends.server), ECONNABORTED);
    if (is_tcp(ends.kind)) {
      EXPECT_TRUE(was_reset(ends.client));
    }
    EXPECT_EQ(entries(ends), std::vector<std::string>());
  }
  for (const Ends& ends : others) EXPECT_TRUE(ends.passes()) << to_string(ends.kind);
  EXPECT_TRUE(other_port.passes());
}

TEST_F(ConnectionTerminate, WhatWasTerminatedIsNotSeededAgain) {
  const std::vector<Ends> all = connect_all(network.client);
  const Result<std::vector<Connection>> before = tracker->list(locked_ports());
  ASSERT_EQ(before->size(), all.size());
  start_tracking();
  list_and_seed();
  EXPECT_EQ(terminate_from(network.client), all.size());
  EXPECT_EQ(*tracker->seed(*before), 0U);
  EXPECT_EQ(list_and_seed(), 0U);
  EXPECT_EQ(entries(), std::vector<std::string>());
}

TEST_F(ConnectionTerminate, SocketsThatAreNotTrackedEndToo) {
  const std::vector<Ends> all = connect_all(network.client);
  EXPECT_EQ(terminate_from(network.client), all.size());
  for (const Ends& ends : all) EXPECT_EQ(pending_error(ends.server), ECONNABORTED) << to_string(ends.kind);
}

TEST_F(ConnectionTerminate, ServersGoOnServing) {
  const std::vector<Ends> all = connect_all(network.client);
  terminate_from(network.client);
  for (const Kind kind : kKinds) EXPECT_TRUE(connect(kind, network.client).passes()) << to_string(kind);
}

TEST_F(ConnectionTerminate, EndsFlowsOfAnUnconnectedUdpSocket) {
  for (const bool v6 : {false, true}) {
    SCOPED_TRACE(v6 ? "v6" : "v4");
    const std::string& server = v6 ? network.server.ipv6 : network.server.ipv4;
    const UdpEchoServer echo(network.server, {server, kUdpPort});
    start_tracking();
    const Socket chosen = udp_connect(network.client, {server, kUdpPort});
    const Socket other = udp_connect(network.stranger, {server, kUdpPort});
    ASSERT_EQ(udp_round_trip(chosen.fd(), kPatience), Outcome::connected);
    ASSERT_EQ(udp_round_trip(other.fd(), kPatience), Outcome::connected);
    lock();
    ASSERT_EQ(udp_round_trip(chosen.fd(), kPatience), Outcome::connected);

    EXPECT_EQ(terminate_from(network.client), 1U);
    EXPECT_EQ(udp_round_trip(chosen.fd(), kSilence), Outcome::timed_out);
    EXPECT_EQ(udp_round_trip(other.fd(), kPatience), Outcome::connected);
    network.server.check({"nft", "flush", "ruleset"});
    flush();
  }
}

TEST_F(ConnectionTerminate, EndsAFlowInWhichTheServerSpokeFirst) {
  const Socket server = udp_connect(network.server, {network.client.ipv4, 40100}, {network.server.ipv4, kUdpPort});
  start_tracking();
  ASSERT_EQ(::send(server.fd(), "x", 1, 0), 1);
  ASSERT_EQ(entries("sport=53 ").size(), 1U);
  EXPECT_EQ(terminate_from(network.client), 1U);
  EXPECT_EQ(entries("sport=53 "), std::vector<std::string>());
}

TEST_F(ConnectionTerminate, EndsAnEntryWhoseSocketIsGone) {
  Ends ends = connect(Kind::tcp_v6, network.client);
  start_tracking();
  list_and_seed();
  network.server.check({"nft", "-f", "-"},
                       "table inet mute { chain out { type filter hook output priority -500; drop; }; }");
  close_with_reset(ends.server);
  ASSERT_EQ(entries(ends).size(), 1U);
  std::vector<Connection> asked;
  EXPECT_EQ(terminate(locked_ports(),
                      [&](const Connection& connection) {
                        asked.push_back(connection);
                        return true;
                      }),
            1U);
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].cookie, 0U);
  EXPECT_EQ(asked[0].remote.to_string(), network.client.ipv6);
  EXPECT_EQ(asked[0].remote_port, ends.client_end.port);
  EXPECT_EQ(asked[0].local.to_string(), network.server.ipv6);
  EXPECT_EQ(asked[0].local_port.value(), kTcpPort);
  EXPECT_EQ(entries(ends), std::vector<std::string>());
}

// A grant's prefix may contain this host's own address; what it connects to elsewhere is not the grant's.
TEST_F(ConnectionTerminate, LeavesThisHostsConnectionsToOthersAlone) {
  const TcpListener elsewhere(network.client, {network.client.ipv4, kTcpPort});
  start_tracking();
  TcpPair outgoing(network.server, elsewhere, {network.client.ipv4, kTcpPort});
  ASSERT_TRUE(outgoing.echoes());
  int asked = 0;
  EXPECT_EQ(terminate(locked_ports(),
                      [&](const Connection&) {
                        ++asked;
                        return true;
                      }),
            0U);
  EXPECT_EQ(asked, 0);
  EXPECT_TRUE(outgoing.echoes());
  EXPECT_EQ(entries("dport=22 ").size(), 1U);
}

// A connection belongs to the port that its peer connected to.
TEST_F(ConnectionTerminate, RedirectedConnectionsCountForTheirOriginalPort) {
  start_tracking();
  network.server.check(
      {"nft", "-f", "-"},
      "table ip published { chain in { type nat hook prerouting priority -100; tcp dport 8022 redirect "
      "to :22; }; }");
  const Attempt attempt = tcp_connect(network.client, {network.server.ipv4, 8022}, kPatience);
  ASSERT_EQ(attempt.outcome, Outcome::connected);
  EXPECT_EQ(terminate(locked_ports(), [](const Connection&) { return true; }), 0U);
  EXPECT_EQ(terminate({port(Transport::tcp, 8022)}, [](const Connection&) { return true; }), 1U);
  EXPECT_TRUE(was_reset(attempt.socket));
  EXPECT_EQ(entries("dport=8022 "), std::vector<std::string>());
}

TEST_F(ConnectionTerminate, AnotherTransportOnTheSameNumberStays) {
  const Ends udp = connect(Kind::udp_v4, network.client, kTcpPort);
  const Ends tcp = connect(Kind::tcp_v4, network.client);
  start_tracking();
  ASSERT_TRUE(udp.passes());
  EXPECT_EQ(terminate({port(Transport::tcp, kTcpPort)}, [](const Connection&) { return true; }), 1U);
  EXPECT_TRUE(udp.passes());
  EXPECT_EQ(pending_error(udp.server), 0);
  EXPECT_EQ(terminate({port(Transport::dccp, kTcpPort), port(Transport::sctp, kTcpPort)},
                      [](const Connection&) { return true; }),
            0U);
}

}  // namespace
}  // namespace jitgate::netns
