#include "agent/api/target.hpp"

#include <gtest/gtest.h>

namespace jitgate {
namespace {

TEST(Target, IsDecodedOnce) {
  const Target target = parse_target("/v1/gr%61nts/a%2525?since=2026-11-21T18:00:00%2B01:00&format=csv").value();
  EXPECT_EQ(target.segments, (std::vector<std::string>{"v1", "grants", "a%25"}));
  EXPECT_EQ(target.query.at("since"), "2026-11-21T18:00:00+01:00");
  EXPECT_EQ(target.query.at("format"), "csv");
}

TEST(Target, PlusIsAPlusSign) {
  EXPECT_EQ(parse_target("/a?b=1+2")->query.at("b"), "1+2");
}

class BadTarget : public testing::TestWithParam<const char*> {};

TEST_P(BadTarget, IsRefused) {
  const Result<Target> target = parse_target(GetParam());
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().code, errc::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(, BadTarget,
                         testing::Values("", "*", "v1/status", "http://host/v1/status", "host:80", "/v1/../status",
                                         "/v1/./status", "/v1/%2e%2e/status", "/v1//status", "//v1/status",
                                         "/v1/status/", "/v1/a%2Fb", "/v1/a%5cb", "/v1/a%00b", "/v1/a%0ab", "/v1/a%zz",
                                         "/v1/a%2", "/v1/%ff", "/v1/a b", "/v1/status#x", "/a?b=1&b=2", "/a?b=%00",
                                         "/a?b=%c0%80"));

}  // namespace
}  // namespace jitgate
