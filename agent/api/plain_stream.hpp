#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/http/write.hpp>

#include "agent/api/client_stream.hpp"

namespace jitgate {

/// Bytes as they are, over a Unix socket or TCP.
template <class Protocol>
class PlainStream final : public ClientStream {
 public:
  using Socket = typename Protocol::socket;

  explicit PlainStream(Socket socket) : stream_(std::move(socket)) {}

  void expires_after(std::chrono::milliseconds time) override { stream_.expires_after(time); }
  boost::asio::awaitable<bool> open() override { co_return true; }
  boost::asio::awaitable<std::optional<std::size_t>> read_some(boost::asio::mutable_buffer space) override {
    const auto [code, size] =
        co_await stream_.async_read_some(space, boost::asio::as_tuple(boost::asio::use_awaitable));
    if (code) co_return std::nullopt;
    co_return size;
  }
  boost::asio::awaitable<bool> write(http::response<http::string_body>& response) override {
    const auto [code, size] =
        co_await http::async_write(stream_, response, boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return !code;
  }
  boost::asio::awaitable<void> finish() override {
    boost::system::error_code ignored;
    stream_.socket().shutdown(Socket::shutdown_send, ignored);
    co_return;
  }
  void close() override { stream_.close(); }

 private:
  boost::beast::basic_stream<Protocol> stream_;
};

using TcpStream = PlainStream<boost::asio::ip::tcp>;

}  // namespace jitgate
