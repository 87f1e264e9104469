#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "agent/metrics/metrics_textfile.hpp"
#include "tests/scratch_directory.hpp"

namespace jitgate {

/// A file of metrics in a directory of its own, and what became of each writing.
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
    while (written_.size() < times)
      ASSERT_GT(context_.run_one_for(std::chrono::seconds(60)), 0U) << "nothing is under way";
  }
  /// Everything that is due now, and its ends.
  void settle() {
    while (context_.poll_one() > 0) {
    }
  }

  ScratchDirectory scratch_;
  std::filesystem::path directory_ = scratch_.path();
  boost::asio::io_context context_{1};
  std::size_t rendered_ = 0;
  std::vector<Result<void>> written_;
  std::optional<MetricsTextfile> file_;
};

}  // namespace jitgate
