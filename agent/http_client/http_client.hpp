#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "agent/http_client/http_get.hpp"
#include "agent/http_client/http_stream.hpp"
#include "agent/http_client/proxy.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// Asks servers, one question at a time, each over a connection of its own. Every failure is a sentence for the status
/// that says who and what. A redirection is a failure: what was configured is asked, and nobody else. Lives on the
/// event loop's thread. What it has begun needs it until the end, which cancel() brings about: the coroutine that asks
/// keeps it, and the owner cancels.
class HttpClient {
 public:
  HttpClient(boost::asio::any_io_executor executor, ProxySettings proxies)
      : executor_(std::move(executor)), proxies_(std::move(proxies)) {}

  /// The whole answer, of any status but a redirection.
  [[nodiscard]] boost::asio::awaitable<Result<HttpAnswer>> get(HttpGet what);
  /// The same up to the end of the head: limits.body and limits.whole_body do not count.
  [[nodiscard]] boost::asio::awaitable<Result<std::unique_ptr<HttpStream>>> open(HttpGet what);

  /// What is under way fails, a stream that was opened too. The next question is as good as ever.
  void abandon();
  /// The same, and every later question fails.
  void cancel();

 private:
  [[nodiscard]] boost::asio::awaitable<Result<std::unique_ptr<HttpStream>>> ask(HttpGet what,
                                                                                ResponseReader::Kind kind);
  [[nodiscard]] boost::asio::awaitable<Result<void>> reach(const ServerUrl& server, const HttpGet& what,
                                                           std::shared_ptr<ServerConnection> connection);

  boost::asio::any_io_executor executor_;
  ProxySettings proxies_;
  std::weak_ptr<ServerConnection> connection_;
  bool cancelled_ = false;
};

}  // namespace jitgate
