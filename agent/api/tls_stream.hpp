#pragma once

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <optional>
#include <string>

#include "agent/api/client_stream.hpp"

namespace jitgate {

class TlsStream final : public ClientStream {
 public:
  /// `context` is kept for as long as the connection lives.
  TlsStream(boost::asio::ip::tcp::socket socket, std::shared_ptr<boost::asio::ssl::context> context);

  void expires_after(std::chrono::milliseconds time) override;
  /// The handshake.
  boost::asio::awaitable<bool> open() override;
  boost::asio::awaitable<std::optional<std::size_t>> read_some(boost::asio::mutable_buffer space) override;
  boost::asio::awaitable<bool> write(http::response<http::string_body>& response) override;
  boost::asio::awaitable<void> finish() override;
  void close() override;

  /// The common name of the client's certificate, which the handshake has verified; nullopt where there is none.
  [[nodiscard]] std::optional<std::string> client_name();

 private:
  std::shared_ptr<boost::asio::ssl::context> context_;
  boost::asio::ssl::stream<boost::beast::tcp_stream> stream_;
};

}  // namespace jitgate
