#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/source/source_sink.hpp"

namespace jitgate {

/// Notes what a source tells it, and answers as it is told to.
class RecordingSink final : public SourceSink {
 public:
  std::vector<Delivery> deliveries;
  std::size_t contacts = 0;
  std::vector<std::optional<std::string>> problems;
  /// The answer to the next deliveries; success, unless a test says otherwise.
  Result<void> answer;
  /// Called after each call of the source.
  std::function<void()> told = [] {};

  [[nodiscard]] boost::asio::awaitable<Result<void>> deliver(Delivery delivery) override {
    deliveries.push_back(std::move(delivery));
    told();
    co_return answer;
  }
  void note_contact() override {
    ++contacts;
    told();
  }
  void note_problem(std::optional<std::string> problem) override {
    problems.push_back(std::move(problem));
    told();
  }
};

}  // namespace jitgate
