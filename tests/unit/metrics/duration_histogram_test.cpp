#include "agent/control/duration_histogram.hpp"

#include <gtest/gtest.h>

namespace jitgate {
namespace {

using namespace std::chrono_literals;

TEST(DurationHistogram, ABoundIsWithinItsBucket) {
  DurationHistogram histogram;
  histogram.add(10us);
  histogram.add(10us + 1ns);
  EXPECT_EQ(histogram.at_most(0), 1U);
  EXPECT_EQ(histogram.at_most(1), 2U);
  EXPECT_EQ(histogram.count(), 2U);
  EXPECT_EQ(histogram.sum(), 20us + 1ns);
}

TEST(DurationHistogram, WhatIsLongerThanEveryBoundIsInTheCountAlone) {
  DurationHistogram histogram;
  histogram.add(1h);
  EXPECT_EQ(histogram.at_most(DurationHistogram::kBounds.size() - 1), 0U);
  EXPECT_EQ(histogram.count(), 1U);
}

TEST(DurationHistogram, LessThanNothingIsNothing) {
  DurationHistogram histogram;
  histogram.add(-1h);
  EXPECT_EQ(histogram.at_most(0), 1U);
  EXPECT_EQ(histogram.sum(), 0ns);
}

}  // namespace
}  // namespace jitgate
