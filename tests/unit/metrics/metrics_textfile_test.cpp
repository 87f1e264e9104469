#include "tests/unit/metrics/metrics_textfile_fixture.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST_F(TextfileTest, IsThereForEverybodyAndGoesWithItsOwner) {
  keep({});
  run_until_written(1);
  EXPECT_TRUE(written_[0]);
  EXPECT_EQ(content(), "1\n");
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), {}), 1) << "nothing else is left";
  file_.reset();
  EXPECT_FALSE(fs::exists(path()));
}

TEST_F(TextfileTest, AnEventIsWrittenAndAnotherRightAfterItWaits) {
  keep({.shortest = 1h, .longest = 2h});
  run_until_written(1);
  for (int i = 0; i < 100; ++i) file_->note_event();
  settle();
  EXPECT_EQ(rendered_, 1U) << "not before the shortest time has passed";
  file_.reset();
  keep({.shortest = 0ms, .longest = 2h});
  run_until_written(2);
  file_->note_event();
  file_->note_event();
  run_until_written(3);
  settle();
  EXPECT_EQ(rendered_, 3U) << "two events, one writing";
  EXPECT_EQ(content(), "3\n");
}

TEST_F(TextfileTest, IsWrittenAgainWhenNothingHasHappened) {
  keep({.shortest = 1ms, .longest = 1ms});
  run_until_written(3);
  EXPECT_GE(rendered_, 3U);
}

TEST_F(TextfileTest, WhatCannotBeWrittenIsReportedAndTriedAgain) {
  fs::create_directory(path());
  std::ofstream(fs::path(path()) / "in the way");
  keep({.shortest = 1ms, .longest = 1ms});
  run_until_written(1);
  ASSERT_FALSE(written_[0]);
  EXPECT_EQ(written_[0].error().target, path());
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_), {}), 1) << "no half-written file is left";
  fs::remove_all(path());
  const auto before = written_.size();
  run_until_written(before + 2);
  EXPECT_TRUE(written_.back());
  EXPECT_TRUE(fs::is_regular_file(path()));
}

TEST_F(TextfileTest, MayGoWhileAWritingIsUnderWay) {
  keep({.shortest = 0ms, .longest = 0ms});
  for (int i = 0; i < 20; ++i) context_.run_one_for(60s);
  file_.reset();
  settle();
  EXPECT_FALSE(fs::exists(path()));
}

}  // namespace
}  // namespace jitgate
