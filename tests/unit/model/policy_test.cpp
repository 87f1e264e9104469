#include "agent/model/policy.hpp"

#include <gtest/gtest.h>

namespace jitgate {
namespace {

using namespace std::chrono_literals;

PortNumber port(int number) {
  return PortNumber::from(number).value();
}

PolicyPort policy_port(int number, Protocol protocol) {
  return {port(number), protocol, {AddressPrefix::any(Family::ipv4)}, 3h, false, KeepEstablished{}};
}

TEST(CutAfter, FollowsThePolicyForTcp) {
  EXPECT_EQ(cut_after(KeepEstablished{}, Transport::tcp), std::nullopt);
  EXPECT_EQ(cut_after(TerminateEstablished{}, Transport::tcp), Duration(0));
  EXPECT_EQ(cut_after(KeepAtMost{8h}, Transport::tcp), Duration(8h));
  EXPECT_EQ(cut_after(KeepEstablished{}, Transport::sctp), std::nullopt);
}

TEST(CutAfter, CapsWhatHasNoEndOfConnection) {
  for (const Transport transport : {Transport::udp, Transport::udplite}) {
    EXPECT_EQ(cut_after(KeepEstablished{}, transport), Duration(1h));
    EXPECT_EQ(cut_after(KeepAtMost{8h}, transport), Duration(1h));
    EXPECT_EQ(cut_after(KeepAtMost{10min}, transport), Duration(10min));
    EXPECT_EQ(cut_after(TerminateEstablished{}, transport), Duration(0));
  }
}

TEST(Policy, FindsThePortWhoseProtocolContainsTheRequest) {
  const Policy policy{{policy_port(22, Protocol::tcp), policy_port(53, Protocol::any)}, {}, {}};
  EXPECT_EQ(policy.find(port(22), Protocol::tcp), &policy.ports[0]);
  EXPECT_EQ(policy.find(port(53), Protocol::udp), &policy.ports[1]);
  EXPECT_EQ(policy.find(port(53), Protocol::any), &policy.ports[1]);
  EXPECT_EQ(policy.find(port(22), Protocol::udp), nullptr);
  EXPECT_EQ(policy.find(port(22), Protocol::any), nullptr);
  EXPECT_EQ(policy.find(port(80), Protocol::tcp), nullptr);
}

TEST(Policy, LocksEveryTransportOfEveryPortInOrder) {
  const Policy policy{{policy_port(443, Protocol::tcp), policy_port(22, Protocol::any)}, {}, {}};
  const std::vector<TransportPort> expected{{Transport::tcp, port(22)},  {Transport::tcp, port(443)},
                                            {Transport::udp, port(22)},  {Transport::dccp, port(22)},
                                            {Transport::sctp, port(22)}, {Transport::udplite, port(22)}};
  EXPECT_EQ(policy.locked_ports(), expected);
}

}  // namespace
}  // namespace jitgate
