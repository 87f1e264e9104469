#include "agent/signature/signer_time.hpp"

#include <gtest/gtest.h>

#include "tests/host/local_zone.hpp"

namespace jitgate::signature {
namespace {

std::uint64_t seconds(std::string_view text) {
  const auto parsed = parse_signer_time(text);
  return parsed ? *parsed : 0;
}

TEST(SignerTime, IsUtcWithAZone) {
  const LocalZone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(seconds("20260101Z"), 1767225600U);
  EXPECT_EQ(seconds("20260101UTC"), 1767225600U);
  EXPECT_EQ(seconds("202601010130Z"), 1767231000U);
  EXPECT_EQ(seconds("20260101013059z"), 1767231059U);
}

TEST(SignerTime, IsLocalWithoutOne) {
  const LocalZone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(seconds("20260101"), 1767225600U - 3600);
  // Daylight saving is not regarded, as ssh-keygen does not.
  EXPECT_EQ(seconds("20260701"), seconds("20260701Z") - 3600);
}

TEST(SignerTime, ThatCannotBeIsRefused) {
  for (const std::string_view text : {"",
                                      "Z",
                                      "UTC",
                                      "2026",
                                      "2026010",
                                      "20260101T",
                                      "202601011",
                                      "2026010112345",
                                      "20261301Z",
                                      "20260230Z",
                                      "20260001Z",
                                      "202601012400Z",
                                      "202601011260Z",
                                      "20260101120060Z",
                                      "+2026101Z",
                                      " 20260101",
                                      "19700101Z",
                                      "19690101Z",
                                      "20260101+1",
                                      "20260101ZZ"}) {
    EXPECT_FALSE(parse_signer_time(text)) << text;
  }
}

}  // namespace
}  // namespace jitgate::signature
