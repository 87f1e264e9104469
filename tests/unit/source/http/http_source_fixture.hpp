#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "agent/source/http/http_source.hpp"
#include "platform/system_clock.hpp"
#include "tests/fake/recording_sink.hpp"

namespace jitgate {

/// The source before a real server, in one loop with the test; waits are bounded by the test's own limit alone.
class HttpSourceTest : public testing::Test {
 protected:
  void start(const std::string& url, HttpSourceMode mode) {
    config_.url = url;
    config_.mode = mode;
    source_ = make_http_source(loop_.get_executor(), config_, sink_,
                               {.clock = *clock_, .jitter = [] { return 0.01; }, .max_entries = max_entries_});
    source_->start();
  }
  template <class Condition>
  void run_until(Condition condition) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), limit) << "what was waited for has not happened";
      loop_.restart();
      loop_.run_one_for(std::chrono::milliseconds(20));
    }
  }
  std::size_t delivered() const { return sink_->deliveries.size(); }
  const Delivery& last() const { return sink_->deliveries.back(); }
  std::string problem() const { return sink_->problems.empty() ? "" : sink_->problems.back().value_or(""); }

  boost::asio::io_context loop_;
  std::unique_ptr<Clock> clock_ = make_system_clock();
  std::shared_ptr<RecordingSink> sink_ = std::make_shared<RecordingSink>();
  HttpSourceConfig config_;
  std::size_t max_entries_ = 100;
  std::unique_ptr<GrantSource> source_;
};

}  // namespace jitgate
