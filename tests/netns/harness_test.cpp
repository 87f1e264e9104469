#include "tests/netns/harness.hpp"

#include <gtest/gtest.h>

#include "tests/netns/probe.hpp"

namespace jitgate::netns {
namespace {

// The probes must tell open, closed and silent apart before any other test may rely on them.
TEST(Harness, ProbesTellOpenClosedAndSilentApart) {
  TestNetwork network;
  for (const std::string& server : {network.server.ipv4, network.server.ipv6}) {
    SCOPED_TRACE(server);
    const TcpListener listener(network.server, {server, 22});
    const UdpEchoServer echo(network.server, {server, 53});
    EXPECT_EQ(tcp_connects(network.client, {server, 22}, kPatience), Outcome::connected);
    EXPECT_EQ(tcp_connects(network.client, {server, 23}, kPatience), Outcome::refused);
    EXPECT_EQ(udp_echoes(network.client, {server, 53}, kPatience), Outcome::connected);
    EXPECT_EQ(udp_echoes(network.client, {server, 54}, kPatience), Outcome::refused);
    TcpPair pair(network.stranger, listener, {server, 22});
    EXPECT_TRUE(pair.echoes());
  }
  network.server.check({"nft", "-f", "-"}, "table inet t { chain c { type filter hook input priority 0; drop; }; }");
  EXPECT_EQ(tcp_connects(network.client, {network.server.ipv4, 22}, kSilence), Outcome::timed_out);
  EXPECT_EQ(udp_echoes(network.client, {network.server.ipv4, 53}, kSilence), Outcome::timed_out);
}

TEST(Harness, AddedAddressesAreSources) {
  TestNetwork network;
  network.add_address(network.client, "203.0.113.7");
  network.add_address(network.client, "2001:db8:7::7");
  const TcpListener v4(network.server, {network.server.ipv4, 22});
  const TcpListener v6(network.server, {network.server.ipv6, 22});
  TcpPair from_v4(network.client, v4, {network.server.ipv4, 22}, {"203.0.113.7"});
  TcpPair from_v6(network.client, v6, {network.server.ipv6, 22}, {"2001:db8:7::7"});
  EXPECT_TRUE(from_v4.echoes());
  EXPECT_TRUE(from_v6.echoes());
  EXPECT_EQ(from_v4.client_end().address, "203.0.113.7");
  EXPECT_EQ(from_v6.client_end().address, "2001:db8:7::7");
}

TEST(Harness, CommandsRunInTheNamespace) {
  NetworkNamespace ns;
  EXPECT_EQ(ns.check({"nft", "list", "ruleset"}), "");
  ns.check({"nft", "-f", "-"}, "table inet t { }");
  EXPECT_NE(ns.check({"nft", "list", "ruleset"}).find("table inet t"), std::string::npos);
  EXPECT_EQ(ns.exec({"nft", "list", "table", "inet", "absent"}).status, 1);
  EXPECT_EQ(ns.exec({"sh", "-c", "exit 7"}).status, 7);
  EXPECT_THROW(ns.check({"false"}), std::runtime_error);
}

}  // namespace
}  // namespace jitgate::netns
