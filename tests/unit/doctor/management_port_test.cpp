#include "agent/doctor/management_port.hpp"

#include <gtest/gtest.h>

#include "tests/unit/doctor/evidence.hpp"

namespace jitgate::doctor {
namespace {

TEST(ManagementPort, IsKnownByItsNumber) {
  for (const int number : {22, 3389, 5985, 5986})
    EXPECT_TRUE(is_management(listener(Transport::tcp, number))) << number;
  for (const int number : {1, 21, 23, 80, 443, 2222, 5984, 5987, 65535}) {
    EXPECT_FALSE(is_management(listener(Transport::tcp, number))) << number;
  }
  EXPECT_TRUE(is_management(listener(Transport::udp, 3389)));
  EXPECT_FALSE(is_management(listener(Transport::udp, 22)));
}

TEST(ManagementPort, IsKnownByTheServerThatHoldsIt) {
  for (const char* server : {"sshd", "dropbear", "tinysshd", "xrdp", "gnome-remote-de", "krdpserver"}) {
    EXPECT_TRUE(is_management(listener(Transport::tcp, 2200, "::", {"systemd", server}))) << server;
    EXPECT_FALSE(is_management(listener(Transport::udp, 2200, "::", {server}))) << server;
  }
  for (const char* other : {"nginx", "sshd-session", "xrdp-sesman", "ssh"}) {
    EXPECT_FALSE(is_management(listener(Transport::tcp, 2200, "::", {other}))) << other;
  }
}

TEST(ManagementPort, OfThePolicyCountsWhateverItsNumber) {
  Host host;
  host.policy.ports[0].number = port(Transport::tcp, 8443).number;
  const auto ports = management_ports({listener(Transport::tcp, 8443), listener(Transport::udp, 8443),
                                       listener(Transport::tcp, 8443, "127.0.0.1"), listener(Transport::tcp, 80)},
                                      &host.policy);
  ASSERT_EQ(ports.size(), 1U);
  EXPECT_EQ(to_string(ports[0].port), "8443/tcp");
  EXPECT_EQ(ports[0].addresses, std::vector<std::string>{"0.0.0.0"});
}

TEST(ManagementPort, ThatListensForThisHostAloneIsToldAndUnreachable) {
  const auto ports = management_ports(
      {listener(Transport::tcp, 3389, "127.0.0.1", {"xrdp"}), listener(Transport::tcp, 22, "127.0.0.1"),
       listener(Transport::tcp, 22, "::"), listener(Transport::tcp, 80, "::1")},
      nullptr);
  ASSERT_EQ(ports.size(), 2U);
  EXPECT_EQ(to_string(ports[0].port), "22/tcp");
  EXPECT_TRUE(is_reachable(ports[0]));
  EXPECT_EQ(ports[0].addresses, std::vector<std::string>{"::"});
  EXPECT_EQ(to_string(ports[1].port), "3389/tcp");
  EXPECT_FALSE(is_reachable(ports[1]));
  EXPECT_EQ(ports[1].processes, std::vector<std::string>{"xrdp"});
}

}  // namespace
}  // namespace jitgate::doctor
