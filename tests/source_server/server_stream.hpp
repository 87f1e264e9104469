#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace jitgate::testing_server {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using TlsContext = std::shared_ptr<net::ssl::context>;

inline constexpr auto kToResult = net::as_tuple(net::use_awaitable);

/// A server's TLS with this certificate; with `client_ca`, clients must show one of its certificates.
inline TlsContext server_tls(const std::string& certificate, const std::string& key,
                             const std::optional<std::string>& client_ca = std::nullopt) {
  auto context = std::make_shared<net::ssl::context>(net::ssl::context::tls_server);
  context->use_certificate_chain_file(certificate);
  context->use_private_key_file(key, net::ssl::context::pem);
  if (client_ca) {
    context->load_verify_file(*client_ca);
    context->set_verify_mode(net::ssl::verify_peer | net::ssl::verify_fail_if_no_peer_cert);
  }
  return context;
}

/// A client's connection at the server, with TLS or without. False and nullopt: it is over.
class ServerStream {
 public:
  ServerStream(tcp::socket socket, TlsContext tls) : socket_(std::move(socket)), context_(std::move(tls)) {
    boost::system::error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    if (context_) tls_.emplace(socket_, *context_);
  }

  net::awaitable<bool> open() {
    if (!tls_) co_return true;
    const auto [code] = co_await tls_->async_handshake(net::ssl::stream_base::server, kToResult);
    co_return !code;
  }
  /// The bytes of a request's head, with the empty line behind it.
  net::awaitable<std::optional<std::string>> read_head() {
    auto into = net::dynamic_buffer(received_, 64 * 1024);
    const auto [code, size] = tls_ ? co_await net::async_read_until(*tls_, into, "\r\n\r\n", kToResult)
                                   : co_await net::async_read_until(socket_, into, "\r\n\r\n", kToResult);
    if (code) co_return std::nullopt;
    std::string head = received_.substr(0, size);
    received_.erase(0, size);
    co_return std::move(head);
  }
  net::awaitable<bool> write(std::string bytes) {
    const auto whole = net::buffer(bytes);
    const auto [code, size] = tls_ ? co_await net::async_write(*tls_, whole, kToResult)
                                   : co_await net::async_write(socket_, whole, kToResult);
    co_return !code;
  }
  /// Until the client has gone.
  net::awaitable<void> wait_for_end() {
    char byte = 0;
    for (;;) {
      const auto space = net::buffer(&byte, 1);
      const auto [code, size] =
          tls_ ? co_await tls_->async_read_some(space, kToResult) : co_await socket_.async_read_some(space, kToResult);
      if (code) co_return;
    }
  }
  /// In an orderly way, with TLS's own end where there is TLS.
  net::awaitable<void> finish() {
    if (tls_) {
      [[maybe_unused]] const auto [ignored] = co_await tls_->async_shutdown(kToResult);
    }
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }
  /// At once: whoever waits for it is told.
  void close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  tcp::socket& socket() { return socket_; }

 private:
  tcp::socket socket_;
  TlsContext context_;
  std::optional<net::ssl::stream<tcp::socket&>> tls_;
  std::string received_;
};

/// The value of a field of a request's head; empty where it has none.
inline std::string field_of(std::string_view head, std::string_view name) {
  const std::string start = "\r\n" + std::string(name) + ": ";
  const auto at = head.find(start);
  if (at == std::string_view::npos) return {};
  const auto from = at + start.size();
  return std::string(head.substr(from, head.find("\r\n", from) - from));
}

}  // namespace jitgate::testing_server
