#include "agent/http_client/retry_after.hpp"

#include <gtest/gtest.h>

#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

const WallTime kNow = parse_timestamp("2026-11-21T18:00:00Z").value();

TEST(RetryAfter, IsSeconds) {
  EXPECT_EQ(parse_retry_after("0", kNow), seconds(0));
  EXPECT_EQ(parse_retry_after("120", kNow), seconds(120));
}

TEST(RetryAfter, IsADate) {
  EXPECT_EQ(parse_retry_after("Sat, 21 Nov 2026 18:02:30 GMT", kNow), seconds(150));
  EXPECT_EQ(parse_retry_after("Sat, 21 Nov 2026 17:00:00 GMT", kNow), seconds(0)) << "what is over is over";
}

TEST(RetryAfter, IsBounded) {
  EXPECT_EQ(parse_retry_after("86400", kNow), hours(1));
  EXPECT_EQ(parse_retry_after("99999999999999999999999", kNow), hours(1));
  EXPECT_EQ(parse_retry_after("Sun, 21 Nov 2100 18:00:00 GMT", kNow), hours(1));
}

TEST(RetryAfter, WhatIsNeitherIsNothing) {
  for (const char* text :
       {"", "-1", "1.5", "soon", " 5", "0x10", "Sat, 21 Nov 2026 18:02:30", "Sat, 21 Nov 2026 18:02:30 CET",
        "Sat, 31 Feb 2026 18:02:30 GMT", "Sat, 21 Nov 2026 25:02:30 GMT", "Sat, 21 Foo 2026 18:02:30 GMT",
        "Saturday, 21-Nov-26 18:02:30 GMT", "Sat, -1 Nov 2026 18:02:30 GMT"})
    EXPECT_EQ(parse_retry_after(text, kNow), std::nullopt) << text;
}

}  // namespace
}  // namespace jitgate
