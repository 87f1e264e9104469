#include "cli/ssh_peer.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace jitgate::cli {
namespace {

Outcome<SshPeer> peer_of(std::optional<std::string> connection) {
  std::ostringstream out, err;
  const Environment environment{out, err, [&](const std::string&) { return connection; }, [] { return WallTime{}; }};
  return ssh_peer(environment);
}

TEST(SshPeer, IsTheClientOfTheSession) {
  const Outcome<SshPeer> peer = peer_of("203.0.113.7 50000 198.51.100.1 22");
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->address.to_string(), "203.0.113.7");
  EXPECT_EQ(peer->server_port.value(), 22);
  EXPECT_EQ(peer_of("2001:db8::7 50000 2001:db8::1 2222")->server_port.value(), 2222);
}

TEST(SshPeer, IsRefusedWhereItCannotBeKnown) {
  EXPECT_FALSE(peer_of(std::nullopt));
  for (const char* connection : {"", "UNKNOWN 65535 UNKNOWN 65535", "203.0.113.7", "203.0.113.7 50000 198.51.100.1",
                                 "203.0.113.7 50000 198.51.100.1 22 x", "10.0.0.0/8 50000 198.51.100.1 22",
                                 "fe80::1%eth0 50000 fe80::2%eth0 22", "203.0.113.7 50000 198.51.100.1 0"}) {
    EXPECT_FALSE(peer_of(connection)) << connection;
  }
}

}  // namespace
}  // namespace jitgate::cli
