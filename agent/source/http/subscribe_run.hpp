#pragma once

#include "agent/source/http/http_run.hpp"
#include "agent/source/http/subscribe_loop.hpp"

namespace jitgate {

/// A server that is subscribed to: SubscribeLoop decides. Reading goes on while the agent judges, so what arrives
/// meanwhile is delivered together.
class SubscribeRun final : public HttpRun {
 public:
  SubscribeRun(boost::asio::any_io_executor executor, const HttpSourceConfig& config, std::shared_ptr<SourceSink> sink,
               const HttpSourceTools& tools);

  void resync() override;
  void stop() override;

 private:
  [[nodiscard]] boost::asio::awaitable<void> run() override;
  /// Until the connection is lost: why.
  [[nodiscard]] boost::asio::awaitable<Error> follow();
  [[nodiscard]] boost::asio::awaitable<Error> read_stream(HttpStream& stream);
  [[nodiscard]] boost::asio::awaitable<void> deliver_all();
  [[nodiscard]] boost::asio::awaitable<void> wait_for_judgement();
  void deliver_what_waits();
  void show_sync();

  SubscribeLoop loop_;
  boost::asio::steady_timer judged_;
  bool delivering_ = false;
  bool resyncing_ = false;          ///< we have ended the connection, and nothing is wrong
  std::optional<Error> not_taken_;  ///< why we have ended the connection
};

}  // namespace jitgate
