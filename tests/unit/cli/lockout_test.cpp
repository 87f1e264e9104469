#include "cli/lockout.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace jitgate::cli {
namespace {

std::optional<std::string> warning(const char* address, int port, const char* policy) {
  return lockout_warning(SshPeer{AddressPrefix::parse(address).value(), PortNumber::from(port).value()},
                         boost::json::parse(policy));
}

constexpr const char* kPolicy = R"({"ports": [{"number": 22, "protocol": "TCP"}, {"number": 53, "protocol": "UDP"},
                                             {"number": 99, "protocol": "*"}], "alwaysAllow": ["192.0.2.0/24", "2001:db8::1"]})";

TEST(Lockout, WarnsWhoComesThroughALockedPort) {
  ASSERT_TRUE(warning("203.0.113.7", 22, kPolicy));
  EXPECT_NE(warning("203.0.113.7", 22, kPolicy)->find("203.0.113.7"), std::string::npos);
  EXPECT_TRUE(warning("203.0.113.7", 99, kPolicy));
}

TEST(Lockout, IsSilentWhereNobodyIsLockedOut) {
  EXPECT_FALSE(warning("192.0.2.10", 22, kPolicy));
  EXPECT_FALSE(warning("2001:db8::1", 22, kPolicy));
  EXPECT_FALSE(warning("203.0.113.7", 2222, kPolicy));
  EXPECT_FALSE(warning("203.0.113.7", 53, kPolicy)) << "SSH is TCP";
  EXPECT_FALSE(warning("203.0.113.7", 22, "{}"));
}

}  // namespace
}  // namespace jitgate::cli
