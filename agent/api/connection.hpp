#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "agent/api/api_server.hpp"
#include "agent/api/client_stream.hpp"
#include "agent/api/connection_limits.hpp"

namespace jitgate {

/// What a request is answered with. Never fails.
using Respond = std::function<boost::asio::awaitable<HttpReply>(const HttpRequest&)>;

/// One client: requests are read, performed and answered one after the other, pipelined ones too. Every wait for the
/// client has a time limit of its own; nothing a client does or omits is waited for by anybody else. Single-threaded.
class Connection {
 public:
  Connection(std::unique_ptr<ClientStream> stream, Respond respond, ConnectionLimits::Slot slot,
             const ApiLimits& limits);

  /// Serves until the client leaves, a limit is reached or close() is called. The caller keeps the connection alive
  /// meanwhile.
  [[nodiscard]] boost::asio::awaitable<void> run();

  /// Ends run() at its next wait.
  void close();

 private:
  /// nullopt: the client is gone, or was too slow.
  boost::asio::awaitable<std::optional<HttpResult<HttpRequest>>> read_request();
  boost::asio::awaitable<bool> read_some();
  boost::asio::awaitable<bool> write_reply(HttpReply reply, unsigned version, bool head_only);
  boost::asio::awaitable<bool> serve(HttpRequest request);
  boost::asio::awaitable<void> linger();

  std::unique_ptr<ClientStream> stream_;
  boost::beast::flat_buffer buffer_;
  Respond respond_;
  ConnectionLimits::Slot slot_;
  ApiLimits limits_;
};

}  // namespace jitgate
