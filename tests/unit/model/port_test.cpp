#include "agent/model/port.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace jitgate {
namespace {

TEST(PortNumber, RangeIsOneTo65535) {
  EXPECT_EQ(PortNumber::from(1).value().value(), 1);
  EXPECT_EQ(PortNumber::from(65535).value().value(), 65535);
  for (const std::int64_t wrong : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{65536}, std::int64_t{70000},
                                   std::int64_t{65536 + 22}, std::numeric_limits<std::int64_t>::min()}) {
    EXPECT_FALSE(PortNumber::from(wrong)) << wrong;
  }
}

TEST(PortNumber, TextIsPlainDecimal) {
  EXPECT_EQ(PortNumber::parse("22").value().value(), 22);
  EXPECT_EQ(PortNumber::parse("65535").value().value(), 65535);
  for (const char* wrong :
       {"", "0", "00", "022", "+22", "-22", " 22", "22 ", "22a", "0x16", "65536", "70000", "99999", "4294967318"}) {
    EXPECT_FALSE(PortNumber::parse(wrong)) << wrong;
  }
}

TEST(Protocol, TextIsReadInAnyCase) {
  EXPECT_EQ(parse_protocol("TCP").value(), Protocol::tcp);
  EXPECT_EQ(parse_protocol("udp").value(), Protocol::udp);
  EXPECT_EQ(parse_protocol("*").value(), Protocol::any);
  for (const char* wrong : {"", "any", "sctp", "TCP ", "6", "**", "TCPU"}) EXPECT_FALSE(parse_protocol(wrong)) << wrong;
}

TEST(Protocol, AnyIsEveryTransportWithPorts) {
  EXPECT_EQ(transports(Protocol::any).size(), 5U);
  EXPECT_EQ(transports(Protocol::tcp).size(), 1U);
  EXPECT_EQ(transports(Protocol::udp).front(), Transport::udp);
}

TEST(Protocol, ContainmentGoesOneWay) {
  EXPECT_TRUE(contains(Protocol::any, Protocol::tcp));
  EXPECT_TRUE(contains(Protocol::any, Protocol::any));
  EXPECT_TRUE(contains(Protocol::udp, Protocol::udp));
  EXPECT_FALSE(contains(Protocol::tcp, Protocol::any));
  EXPECT_FALSE(contains(Protocol::tcp, Protocol::udp));
}

TEST(Transport, ValuesAreTheIanaNumbers) {
  EXPECT_EQ(static_cast<int>(Transport::sctp), 132);
  EXPECT_EQ(to_string(Transport::udplite), "udplite");
  EXPECT_EQ(to_string(Transport::dccp), "dccp");
}

}  // namespace
}  // namespace jitgate
