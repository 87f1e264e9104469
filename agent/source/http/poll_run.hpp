#pragma once

#include "agent/source/http/http_run.hpp"
#include "agent/source/http/poll_loop.hpp"

namespace jitgate {

/// A server that is polled: PollLoop decides.
class PollRun final : public HttpRun {
 public:
  PollRun(boost::asio::any_io_executor executor, const HttpSourceConfig& config, std::shared_ptr<SourceSink> sink,
          const HttpSourceTools& tools);

  void resync() override;

 private:
  [[nodiscard]] boost::asio::awaitable<void> run() override;
  /// One question, its answer, and the agent's judgement.
  [[nodiscard]] boost::asio::awaitable<Result<void>> poll();
  /// What the answer has to deliver.
  [[nodiscard]] boost::asio::awaitable<Result<std::optional<Delivery>>> ask();

  PollLoop loop_;
  std::size_t max_body_;
};

}  // namespace jitgate
