#include "agent/metrics/metrics_textfile.hpp"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "tests/scratch_directory.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class TextfileTest : public ::testing::Test {
 protected:
  void keep(TextfilePace pace) {
    file_.emplace(
        context_.get_executor(), path(), [this] { return std::to_string(++rendered_) + "\n"; },
        [this](const Result<void>& written) { written_.push_back(written); }, pace);
  }
  std::string path() const { return (directory_ / "jitgate.prom").string(); }
  std::string content() const {
    std::ifstream file(path());
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// The loop runs until the file was written so often.
  void run_until_written(std::size_t times) {
    while (written_.size() < times) ASSERT_GT(context_.run_one_for(60s), 0U) << "nothing is under way";
  }
  /// Everything that is due now, and its ends.
  void settle() {
    while (context_.poll_one() > 0) {
    }
  }

  ScratchDirectory scratch_;
  fs::path directory_ = scratch_.path();
  boost::asio::io_context context_{1};
  std::size_t rendered_ = 0;
  std::vector<Result<void>> written_;
  std::optional<MetricsTextfile> file_;
};

TEST_F(TextfileTest, IsThereForEverybodyAndGoesWithItsOwner) {
  keep({});
  run_until_written(1);
  EXPECT_TRUE(written_[0]);
  EXPECT_EQ(content(), "1\n");
  EXPECT_EQ(fs::status(path()).permissions(), fs::perms(0644)) << "whatever the umask";
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

TEST_F(TextfileTest, ALinkInItsWayIsNotFollowed) {
  const auto victim = directory_ / "victim";
  std::ofstream(victim) << "precious";
  fs::create_symlink(victim, path() + ".new");
  keep({});
  run_until_written(1);
  EXPECT_TRUE(written_[0]);
  EXPECT_EQ(fs::file_size(victim), 8U);
  EXPECT_FALSE(fs::is_symlink(path()));
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
