#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <chrono>
#include <functional>
#include <optional>

#include "agent/api/http_message.hpp"
#include "agent/control/caller.hpp"

namespace jitgate {

/// How bytes come and go: a Unix socket, a named pipe, TCP, or TLS over it. Single-threaded; one read and one write at
/// a time.
class ClientStream {
 public:
  virtual ~ClientStream() = default;

  /// From now on everything that is waited for fails after this.
  virtual void expires_after(std::chrono::milliseconds time) = 0;
  /// What precedes the first request. False: there will be none.
  [[nodiscard]] virtual boost::asio::awaitable<bool> open() = 0;
  /// nullopt: the client is gone, or the time is over.
  [[nodiscard]] virtual boost::asio::awaitable<std::optional<std::size_t>> read_some(
      boost::asio::mutable_buffer space) = 0;
  [[nodiscard]] virtual boost::asio::awaitable<bool> write(http::response<http::string_body>& response) = 0;
  /// Tells the client that nothing more comes.
  [[nodiscard]] virtual boost::asio::awaitable<void> finish() = 0;
  /// Ends whatever is waited for.
  virtual void close() = 0;
};

/// Who makes this request, by the connection or by what the request carries.
using Authenticate = std::function<HttpResult<Caller>(const HttpRequest&)>;

}  // namespace jitgate
