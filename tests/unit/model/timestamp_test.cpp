#include "agent/model/timestamp.hpp"

#include <gtest/gtest.h>

#include <string>

#include "agent/model/time_window.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

struct TimeCase {
  std::string text;
  std::string utc;
};

class Timestamp : public ::testing::TestWithParam<TimeCase> {};

TEST_P(Timestamp, IsParsedAndPrintedInUtc) {
  const auto parsed = parse_timestamp(GetParam().text);
  ASSERT_TRUE(parsed) << describe(parsed.error());
  EXPECT_EQ(to_string(*parsed), GetParam().utc);
  EXPECT_EQ(parse_timestamp(to_string(*parsed)).value(), *parsed);
}

INSTANTIATE_TEST_SUITE_P(Values, Timestamp,
                         ::testing::Values(TimeCase{"2026-11-21T18:00:00Z", "2026-11-21T18:00:00Z"},
                                           TimeCase{"2026-11-21T18:00:00.1234567Z", "2026-11-21T18:00:00.123456700Z"},
                                           TimeCase{"2026-11-21T18:00:00.123456789Z", "2026-11-21T18:00:00.123456789Z"},
                                           TimeCase{"2026-11-21T18:00:00.5Z", "2026-11-21T18:00:00.500Z"},
                                           TimeCase{"2026-11-21T18:00:00.000000Z", "2026-11-21T18:00:00Z"},
                                           TimeCase{"2026-11-21T18:00:00.000001Z", "2026-11-21T18:00:00.000001Z"},
                                           TimeCase{"2026-11-21T18:00:00+01:00", "2026-11-21T17:00:00Z"},
                                           TimeCase{"2026-11-21T18:00:00-05:30", "2026-11-21T23:30:00Z"},
                                           TimeCase{"2026-11-21T18:00:00-00:00", "2026-11-21T18:00:00Z"},
                                           TimeCase{"2026-01-01T00:00:00+00:01", "2025-12-31T23:59:00Z"},
                                           TimeCase{"2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z"},
                                           TimeCase{"2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"},
                                           TimeCase{"1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"},
                                           TimeCase{"2200-12-31T23:59:59.999999999Z",
                                                    "2200-12-31T23:59:59.999999999Z"}));

class WrongTimestamp : public ::testing::TestWithParam<std::string> {};

TEST_P(WrongTimestamp, IsRefused) {
  const auto parsed = parse_timestamp(GetParam());
  EXPECT_FALSE(parsed) << to_string(*parsed);
}

INSTANTIATE_TEST_SUITE_P(
    Values, WrongTimestamp,
    ::testing::Values("", "2026-11-21", "2026-11-21T18:00:00", "2026-11-21T18:00Z", "2026-11-21 18:00:00Z",
                      "2026-11-21t18:00:00Z", "2026-11-21T18:00:00z", "2026-11-21T18:00:60Z", "2026-11-21T24:00:00Z",
                      "2026-11-21T18:60:00Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
                      "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "1969-12-31T23:59:59Z",
                      "1970-01-01T00:00:00+00:01", "2201-01-01T00:00:00Z", "2200-12-31T23:59:59-00:01",
                      "2026-11-21T18:00:00.Z", "2026-11-21T18:00:00.1234567890Z", "2026-11-21T18:00:00,5Z",
                      "2026-11-21T18:00:00+24:00", "2026-11-21T18:00:00+01", "2026-11-21T18:00:00+0100",
                      "2026-11-21T18:00:00+01:60", "2026-11-21T18:00:00ZZ", " 2026-11-21T18:00:00Z",
                      "2026-11-21T18:00:00Z ", "+2026-11-21T18:00:00Z", "02026-11-21T18:00:00Z", "2026-1-21T18:00:00Z",
                      "2026-11-21T-8:00:00Z", "1763748000", "tomorrow"));

TEST(TimestampText, OfTimesBeforeTheEpochIsStillADate) {
  EXPECT_EQ(to_string(WallTime(-1s)), "1969-12-31T23:59:59Z");
}

TEST(TimeWindow, ReversedOrEmptyCannotBeHeld) {
  const WallTime noon = parse_timestamp("2026-11-21T12:00:00Z").value();
  EXPECT_FALSE(TimeWindow::from(noon, noon));
  EXPECT_FALSE(TimeWindow::from(noon, noon - 1ns));
  const TimeWindow window = TimeWindow::from(noon, noon + 1h).value();
  EXPECT_EQ(window.length(), 1h);
}

TEST(TimeWindow, HoldsItsStartButNotItsEnd) {
  const WallTime noon = parse_timestamp("2026-11-21T12:00:00Z").value();
  const TimeWindow window = TimeWindow::from(noon, noon + 1h).value();
  EXPECT_TRUE(window.contains(noon));
  EXPECT_TRUE(window.contains(noon + 1h - 1ns));
  EXPECT_FALSE(window.contains(noon + 1h));
  EXPECT_FALSE(window.contains(noon - 1ns));
}

}  // namespace
}  // namespace jitgate
