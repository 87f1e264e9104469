#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>

#include "tests/netns/connection_fixture.hpp"

namespace jitgate::netns {
namespace {

class ConnectionSeed : public ::testing::Test, public ConnectionTest {};

TEST_F(ConnectionSeed, ListHasEveryConnectionOnThePortsAndNoOther) {
  const std::vector<Ends> all = connect_all(network.client);
  const Ends elsewhere = connect(Kind::udp_v4, network.client, 54);
  const UdpEchoServer unconnected(network.server, {network.server.ipv4, 55});

  const Result<std::vector<Connection>> listed = tracker->list(locked_ports());
  ASSERT_TRUE(listed) << describe(listed.error());
  EXPECT_EQ(listed->size(), all.size());
  for (const Ends& ends : all) {
    SCOPED_TRACE(to_string(ends.kind));
    const auto found = std::find_if(listed->begin(), listed->end(), [&](const Connection& c) {
      return c.remote_port == ends.client_end.port && c.remote.to_string() == ends.client_end.address;
    });
    ASSERT_NE(found, listed->end());
    EXPECT_EQ(found->transport, is_tcp(ends.kind) ? Transport::tcp : Transport::udp);
    EXPECT_TRUE(found->remote.is_host());
    EXPECT_EQ(found->local.family(), found->remote.family());
    std::uint64_t cookie = 0;
    socklen_t length = sizeof cookie;
    ASSERT_EQ(::getsockopt(ends.server.fd(), SOL_SOCKET, SO_COOKIE, &cookie, &length), 0);
    EXPECT_EQ(found->cookie, cookie);
  }
  EXPECT_EQ(tracker->list({port(Transport::tcp, 23), port(Transport::sctp, 22)})->size(), 0U);
  EXPECT_EQ(tracker->list({port(Transport::udp, 54)})->size(), 1U);
}

TEST_F(ConnectionSeed, ListFindsThePortAmongMany) {
  const Ends ends = connect(Kind::tcp_v6, network.client);
  for (const std::uint16_t count : {2, 900, 1000, 1001, 5000}) {
    std::vector<TransportPort> ports;
    for (std::uint16_t number = 20'000; number < 20'000 + count - 1; ++number) {
      ports.push_back(port(Transport::tcp, number));
    }
    EXPECT_EQ(tracker->list(ports)->size(), 0U) << count;
    ports.insert(ports.begin() + count / 2, port(Transport::tcp, kTcpPort));
    const Result<std::vector<Connection>> listed = tracker->list(ports);
    ASSERT_TRUE(listed) << describe(listed.error());
    EXPECT_EQ(listed->size(), 1U) << count;
  }
}

struct Speaker {
  const char* name;
  bool server;
};

class FirstLock : public ::testing::TestWithParam<Speaker>, public ConnectionTest {};

TEST_P(FirstLock, SeededIdleConnectionsStay) {
  const std::vector<Ends> all = connect_all(network.client);
  start_tracking();
  EXPECT_EQ(list_and_seed(), all.size());
  EXPECT_EQ(list_and_seed(), 0U) << "what is known already is success, and not counted";
  lock();
  for (const Ends& ends : all) {
    SCOPED_TRACE(to_string(ends.kind));
    if (GetParam().server) {
      EXPECT_TRUE(ends.to_client());
      EXPECT_TRUE(ends.to_server());
    } else {
      EXPECT_TRUE(ends.to_server());
      EXPECT_TRUE(ends.to_client());
    }
    EXPECT_TRUE(ends.passes()) << "again";
  }
}

INSTANTIATE_TEST_SUITE_P(Speaks, FirstLock, ::testing::Values(Speaker{"Client", false}, Speaker{"Server", true}),
                         [](const auto& speaker) { return speaker.param.name; });

// The negative control: what the seed is for.
TEST_F(ConnectionSeed, UnseededIdleConnectionsDie) {
  const std::vector<Ends> all = connect_all(network.client);
  start_tracking();
  lock();
  for (const Ends& ends : all) EXPECT_FALSE(ends.to_server(kSilence)) << to_string(ends.kind);
}

TEST_F(ConnectionSeed, ConnectionsThatWereAlreadyTrackedStay) {
  const std::vector<Ends> all = connect_all(network.client);
  start_tracking();
  for (const Ends& ends : all) ASSERT_TRUE(ends.to_server());  // the entries of the UDP ones have no answer yet
  EXPECT_EQ(list_and_seed(), 0U);
  lock();
  for (const Ends& ends : all) EXPECT_TRUE(ends.to_server()) << to_string(ends.kind);
}

TEST_F(ConnectionSeed, ASynOnASeededTupleIsNew) {
  Ends ends = connect(Kind::tcp_v4, network.client);
  start_tracking();
  ASSERT_EQ(list_and_seed(), 1U);
  lock();
  // The same tuple again, by a client that has lost its end of the connection.
  network.client.check({"nft", "-f", "-"},
                       "table inet mute { chain out { type filter hook output priority 0; tcp flags fin drop; "
                       "tcp flags rst drop; }; }");
  const Endpoint from = ends.client_end;
  close_with_reset(ends.client);
  EXPECT_EQ(tcp_connects(network.client, {network.server.ipv4, kTcpPort}, kSilence, from), Outcome::timed_out);
}

TEST_F(ConnectionSeed, ASocketThatIsGoneIsNotSeeded) {
  std::vector<Ends> all = connect_all(network.client);
  const Result<std::vector<Connection>> before = tracker->list(locked_ports());
  ASSERT_EQ(before->size(), all.size());
  for (Ends& ends : all) close_with_reset(ends.server);
  start_tracking();
  EXPECT_EQ(*tracker->seed(*before), 0U);
  EXPECT_EQ(entries().size(), 0U);
}

TEST_F(ConnectionSeed, AnEntryGoesWithItsSocketWhenLookedAtAgain) {
  std::vector<Ends> all = connect_all(network.client);
  start_tracking();
  ASSERT_EQ(list_and_seed(), all.size());
  // The sockets end without a packet that tracking could see.
  network.server.check({"nft", "-f", "-"},
                       "table inet mute { chain out { type filter hook output priority -500; drop; }; }");
  for (Ends& ends : all) close_with_reset(ends.server);
  EXPECT_EQ(tracker->list(locked_ports())->size(), 0U);
  EXPECT_EQ(entries(), std::vector<std::string>());
}

TEST_F(ConnectionSeed, HalfClosedConnectionsAreSeededInTheirOwnState) {
  const Ends peer_closed = connect(Kind::tcp_v4, network.client);    // CLOSE_WAIT
  const Ends self_closed = connect(Kind::tcp_v6, network.client);    // FIN_WAIT2
  const Ends unconfirmed = connect(Kind::tcp_v4, network.stranger);  // FIN_WAIT1
  ASSERT_EQ(::shutdown(peer_closed.client.fd(), SHUT_WR), 0);
  ASSERT_EQ(::shutdown(self_closed.server.fd(), SHUT_WR), 0);
  network.stranger.check({"nft", "-f", "-"},
                         "table inet mute { chain in { type filter hook input priority 0; drop; }; }");
  ASSERT_EQ(::shutdown(unconfirmed.server.fd(), SHUT_WR), 0);
  const auto state_of = [](const Ends& ends) {
    tcp_info info{};
    socklen_t length = sizeof info;
    ::getsockopt(ends.server.fd(), IPPROTO_TCP, TCP_INFO, &info, &length);
    return info.tcpi_state;
  };
  ASSERT_TRUE(
      eventually([&] { return state_of(peer_closed) == TCP_CLOSE_WAIT && state_of(self_closed) == TCP_FIN_WAIT2; }));
  ASSERT_EQ(state_of(unconfirmed), TCP_FIN_WAIT1);
  start_tracking();
  EXPECT_EQ(list_and_seed(), 3U);
  const auto one = [&](const Ends& ends) { return entries(ends).at(0); };
  EXPECT_NE(one(peer_closed).find(" CLOSE_WAIT "), std::string::npos) << one(peer_closed);
  EXPECT_NE(one(self_closed).find(" CLOSE_WAIT "), std::string::npos) << one(self_closed);
  // Our FIN is sent again until it is acknowledged, and tracking takes that for the second one.
  EXPECT_THAT(one(unconfirmed),
              ::testing::AnyOf(::testing::HasSubstr(" FIN_WAIT "), ::testing::HasSubstr(" LAST_ACK ")));
  lock();
  EXPECT_TRUE(peer_closed.to_client());
  EXPECT_TRUE(self_closed.to_server());
}

TEST_F(ConnectionSeed, AHandshakeInFlightIsSeeded) {
  // The client's last ACK is lost until after the lock.
  network.client.check({"nft", "-f", "-"},
                       "table inet mute { chain out { type filter hook output priority 0; "
                       "tcp flags & (syn | ack) == ack drop; }; }");
  const Attempt attempt = tcp_connect(network.client, {network.server.ipv6, kTcpPort}, kPatience);
  ASSERT_EQ(attempt.outcome, Outcome::connected);
  start_tracking();
  const Result<std::vector<Connection>> listed = tracker->list(locked_ports());
  ASSERT_EQ(listed->size(), 1U);
  list_and_seed();
  lock();
  network.client.check({"nft", "flush", "ruleset"});
  std::uint64_t word = 7;
  ASSERT_EQ(::send(attempt.socket.fd(), &word, sizeof word, 0), static_cast<ssize_t>(sizeof word));
  EXPECT_TRUE(eventually([&] {
    tcp_info info{};
    socklen_t length = sizeof info;
    ::getsockopt(attempt.socket.fd(), IPPROTO_TCP, TCP_INFO, &info, &length);
    return info.tcpi_unacked == 0;
  }));
}

TEST_F(ConnectionSeed, LoadCountsThisNamespace) {
  const std::vector<Ends> all = connect_all(network.client);
  Result<TrackerLoad> load = tracker->load();
  ASSERT_TRUE(load) << describe(load.error());
  EXPECT_EQ(load->tracked, 0U);
  EXPECT_EQ(load->established, 3U);
  EXPECT_GT(load->maximum, 0U);
  start_tracking();
  list_and_seed();
  EXPECT_EQ(tracker->load()->tracked, all.size());
}

}  // namespace
}  // namespace jitgate::netns
