#include "agent/model/address_prefix.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace jitgate {
namespace {

AddressPrefix prefix(std::string_view text) {
  return AddressPrefix::parse(text).value();
}

struct TextCase {
  std::string text;
  std::string canonical;
};

class CanonicalPrefix : public ::testing::TestWithParam<TextCase> {};

TEST_P(CanonicalPrefix, IsPrinted) {
  const auto parsed = AddressPrefix::parse(GetParam().text);
  ASSERT_TRUE(parsed) << describe(parsed.error());
  EXPECT_EQ(parsed->to_string(), GetParam().canonical);
  EXPECT_EQ(prefix(parsed->to_string()), *parsed);
}

INSTANTIATE_TEST_SUITE_P(
    Values, CanonicalPrefix,
    ::testing::Values(TextCase{"203.0.113.7", "203.0.113.7"}, TextCase{"203.0.113.7/32", "203.0.113.7"},
                      TextCase{"10.0.0.0/8", "10.0.0.0/8"}, TextCase{"0.0.0.0/0", "0.0.0.0/0"},
                      TextCase{"128.0.0.0/1", "128.0.0.0/1"}, TextCase{"255.255.255.254/31", "255.255.255.254/31"},
                      TextCase{"::", "::"}, TextCase{"::/0", "::/0"}, TextCase{"::1", "::1"}, TextCase{"1::", "1::"},
                      TextCase{"2001:DB8:0:0:0:0:0:1", "2001:db8::1"}, TextCase{"2001:db8::/56", "2001:db8::/56"},
                      TextCase{"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
                      TextCase{"2001:0db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
                      TextCase{"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
                      TextCase{"1:0:0:2:0:0:0:3", "1:0:0:2::3"}, TextCase{"0:0:0:1:2:3:4:5", "::1:2:3:4:5"},
                      TextCase{"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
                      TextCase{"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
                      TextCase{"1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"},
                      TextCase{"::fffe:0:0/96", "::fffe:0:0/96"}, TextCase{"fe80::/10", "fe80::/10"}));

class WrongPrefix : public ::testing::TestWithParam<std::string> {};

TEST_P(WrongPrefix, IsRefused) {
  const auto parsed = AddressPrefix::parse(GetParam());
  ASSERT_FALSE(parsed) << parsed->to_string();
  EXPECT_EQ(parsed.error().code, errc::invalid_argument);
  EXPECT_FALSE(parsed.error().message.empty());
}

INSTANTIATE_TEST_SUITE_P(Values, WrongPrefix,
                         ::testing::Values("", "*", " ", "10", "10.1", "10.0.0", "10.0.0.0.0", "10.0.0.", ".10.0.0",
                                           "10..0.0", "256.0.0.1", "010.0.0.1", "1.2.3.4 ", " 1.2.3.4", "1.2.3.0x4",
                                           "+1.2.3.4", "-1.2.3.4", "1.2.3.4/", "1.2.3.4/33", "10.0.0.0/33",
                                           "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.0/ 8",
                                           "10.0.0.0/4294967304", "10.0.0.0/255.0.0.0", "example.com", ":",
                                           ":::", "1:::2", "::1::2", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
                                           "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
                                           "12345::", "g::", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7:8", "[::1]",
                                           "fe80::1%eth0", "::/129", "::1.2.3", "::1.2.3.4.5",
                                           "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "::0x1", "::-1",
                                           std::string("::1\0", 4), std::string(5000, ':'), std::string(5000, '1')));

TEST(AddressPrefix, HostBitsNameWhatWasMeant) {
  const auto v4 = AddressPrefix::parse("10.0.0.1/8");
  ASSERT_FALSE(v4);
  EXPECT_NE(v4.error().message.find("10.0.0.0/8"), std::string::npos);
  const auto v6 = AddressPrefix::parse("2001:db8::1/64");
  ASSERT_FALSE(v6);
  EXPECT_NE(v6.error().message.find("2001:db8::/64"), std::string::npos);
}

TEST(AddressPrefix, MappedTextIsRefusedWithItsIpv4Form) {
  const std::array cases{
      std::pair{"::ffff:192.0.2.1", "write 192.0.2.1"}, std::pair{"::ffff:c000:201", "write 192.0.2.1"},
      std::pair{"::ffff:10.0.0.0/104", "write 10.0.0.0/8"}, std::pair{"::ffff:0:0/96", "write 0.0.0.0/0"}};
  for (const auto& [text, hint] : cases) {
    const auto parsed = AddressPrefix::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_TRUE(parsed.error().message.ends_with(hint)) << parsed.error().message;
  }
}

TEST(AddressPrefix, MappedBytesBecomeIpv4) {
  const std::array<std::uint8_t, 16> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1};
  EXPECT_EQ(AddressPrefix::of(mapped, 128), prefix("192.0.2.1"));
  EXPECT_EQ(AddressPrefix::of(mapped, 120), prefix("192.0.2.0/24"));
  EXPECT_EQ(AddressPrefix::of(mapped, 95).to_string(), "::fffe:0:0/95");
}

TEST(AddressPrefix, OfClearsWhatIsBehindTheLength) {
  const std::array<std::uint8_t, 4> address{203, 0, 113, 255};
  EXPECT_EQ(AddressPrefix::of(address, 25), prefix("203.0.113.128/25"));
  EXPECT_EQ(AddressPrefix::of(address, 0), AddressPrefix::any(Family::ipv4));
  EXPECT_EQ(AddressPrefix::of(address, 32).bytes().size(), 4U);
}

TEST(AddressPrefix, ContainmentIsByBits) {
  struct Case {
    const char* outer;
    const char* inner;
    bool contains;
  };
  for (const Case& c :
       {Case{"10.0.0.0/8", "10.255.0.1", true}, Case{"10.0.0.0/8", "10.0.0.0/8", true},
        Case{"10.0.0.0/8", "10.0.0.0/7", false}, Case{"10.0.0.0/8", "11.0.0.0", false},
        Case{"203.0.113.0/25", "203.0.113.127", true}, Case{"203.0.113.0/25", "203.0.113.128", false},
        Case{"0.0.0.0/0", "255.255.255.255", true}, Case{"0.0.0.0/0", "::1", false}, Case{"::/0", "10.0.0.1", false},
        Case{"::/0", "2001:db8::/32", true}, Case{"2001:db8::/33", "2001:db8:8000::1", false},
        Case{"2001:db8::1", "2001:db8::1", true}, Case{"10.0.0.1", "10.0.0.0/31", false}}) {
    EXPECT_EQ(prefix(c.outer).contains(prefix(c.inner)), c.contains) << c.outer << " " << c.inner;
  }
}

TEST(AddressPrefix, LinkLocalIsRecognised) {
  for (const char* text : {"169.254.0.0/16", "169.254.1.1", "fe80::1", "fe80::/10", "febf::1"}) {
    EXPECT_TRUE(prefix(text).is_link_local()) << text;
  }
  for (const char* text : {"169.253.0.1", "169.255.0.0", "169.254.0.0/15", "fec0::1", "fe00::/9", "2001:db8::1"}) {
    EXPECT_FALSE(prefix(text).is_link_local()) << text;
  }
}

TEST(AddressPrefix, HostsAreTold) {
  EXPECT_TRUE(prefix("10.0.0.1").is_host());
  EXPECT_TRUE(prefix("::1").is_host());
  EXPECT_FALSE(prefix("10.0.0.0/31").is_host());
  EXPECT_FALSE(prefix("::/32").is_host());
}

TEST(AddressPrefix, OrderKeepsFamiliesApart) {
  EXPECT_LT(prefix("255.255.255.255"), prefix("::"));
  EXPECT_NE(prefix("0.0.0.0/0"), prefix("0.0.0.0"));
}

}  // namespace
}  // namespace jitgate
