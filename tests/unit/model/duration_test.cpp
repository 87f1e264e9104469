#include "agent/model/duration.hpp"

#include <gtest/gtest.h>

#include <string>

namespace jitgate {
namespace {

using namespace std::chrono_literals;

struct DurationCase {
  std::string text;
  Duration value;
  std::string iso;
};

class IsoDuration : public ::testing::TestWithParam<DurationCase> {};

TEST_P(IsoDuration, IsParsedAndPrinted) {
  const auto parsed = parse_iso_duration(GetParam().text);
  ASSERT_TRUE(parsed) << describe(parsed.error());
  EXPECT_EQ(*parsed, GetParam().value);
  EXPECT_EQ(to_iso_duration(*parsed), GetParam().iso);
  EXPECT_EQ(parse_duration(GetParam().text).value(), *parsed);
}

INSTANTIATE_TEST_SUITE_P(
    Values, IsoDuration,
    ::testing::Values(DurationCase{"PT3H", 3h, "PT3H"}, DurationCase{"PT1M", 1min, "PT1M"},
                      DurationCase{"PT1S", 1s, "PT1S"}, DurationCase{"P30D", 30 * 24h, "P30D"},
                      DurationCase{"P1DT12H", 36h, "P1DT12H"}, DurationCase{"PT1H30M", 90min, "PT1H30M"},
                      DurationCase{"PT90M", 90min, "PT1H30M"}, DurationCase{"PT36H", 36h, "P1DT12H"},
                      DurationCase{"P2W", 14 * 24h, "P14D"}, DurationCase{"P1DT0H30M", 24h + 30min, "P1DT30M"},
                      DurationCase{"PT1H2M3S", 1h + 2min + 3s, "PT1H2M3S"},
                      DurationCase{"P3652D", 3652 * 24h, "P3652D"}, DurationCase{"PT01H", 1h, "PT1H"}));

class WrongDuration : public ::testing::TestWithParam<std::string> {};

TEST_P(WrongDuration, IsRefusedByBoth) {
  EXPECT_FALSE(parse_duration(GetParam()));
  EXPECT_FALSE(parse_iso_duration(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Values, WrongDuration,
                         ::testing::Values("", "P", "PT", "P1", "PT1", "1", "3600", "0s", "PT0S", "P0D", "P0W", "pt1h",
                                           "Pt1H", "PT1h", "P1Y", "P1M", "P1Y1D", "PT1.5H", "PT1,5H", "PT1H30",
                                           "PT30M1H", "PT1M1M", "P1W1D", "P1WT1H", "P1DT", "PT1D", "P1H", "-PT1H",
                                           "+PT1H", "PT-1H", "PT+1H", " PT1H", "PT1H ", "PT 1H", "PT1HT1M", "PPT1H",
                                           "P4000D", "PT99999999999H", "P9999999999W", "PT9999999999H9999999999M",
                                           "1h 30m", "30m1h", "1m1m", "1y", "1w", "h", "1hh", "-1h", "+1h", "1.5h",
                                           "3653d", "9999999999d", "99999999999999999999s", "one hour", "∞",
                                           std::string("PT1H\0", 5)));

TEST(ShortDuration, IsParsedInAnyCase) {
  EXPECT_EQ(parse_duration("90s").value(), 90s);
  EXPECT_EQ(parse_duration("30m").value(), 30min);
  EXPECT_EQ(parse_duration("1h").value(), 1h);
  EXPECT_EQ(parse_duration("1H30M").value(), 90min);
  EXPECT_EQ(parse_duration("7d").value(), 7 * 24h);
  EXPECT_EQ(parse_duration("1d2h3m4s").value(), 24h + 2h + 3min + 4s);
}

TEST(ShortDuration, IsNotIsoForDocuments) {
  EXPECT_FALSE(parse_iso_duration("1h"));
  EXPECT_FALSE(parse_iso_duration("30m"));
}

TEST(IsoDurationText, RoundsDownAndNeverShowsNegative) {
  EXPECT_EQ(to_iso_duration(0s), "PT0S");
  EXPECT_EQ(to_iso_duration(999ms), "PT0S");
  EXPECT_EQ(to_iso_duration(1999ms), "PT1S");
  EXPECT_EQ(to_iso_duration(-5s), "PT0S");
}

TEST(ShortDurationText, HasTwoUnitsAtMost) {
  EXPECT_EQ(to_short_duration(0s), "0s");
  EXPECT_EQ(to_short_duration(-1s), "0s");
  EXPECT_EQ(to_short_duration(45s), "45s");
  EXPECT_EQ(to_short_duration(2h + 59min + 59s), "2h 59m");
  EXPECT_EQ(to_short_duration(76h), "3d 4h");
  EXPECT_EQ(to_short_duration(1h + 5s), "1h");
  EXPECT_EQ(to_short_duration(60s), "1m");
}

}  // namespace
}  // namespace jitgate
