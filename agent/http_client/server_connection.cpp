#include "agent/http_client/server_connection.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/error.hpp>
#include <utility>

namespace jitgate {
namespace {

namespace net = boost::asio;
using tcp = net::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr auto kToResult = net::as_tuple(net::use_awaitable);

Error unreachable(std::string why) {
  return error(errc::unavailable, std::move(why));
}

std::string place(const std::string& host, std::uint16_t port) {
  return "connect to " + host + " port " + std::to_string(port);
}

/// The certificate must name `host`; its common name does not count (RFC 9525).
Result<void> expect_host(SSL* handle, const std::string& host) {
  X509_VERIFY_PARAM* checks = SSL_get0_param(handle);
  X509_VERIFY_PARAM_set_hostflags(checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  boost::system::error_code not_address;
  net::ip::make_address(host, not_address);
  const bool set = not_address ? X509_VERIFY_PARAM_set1_host(checks, host.data(), host.size()) == 1 &&
                                     SSL_set_tlsext_host_name(handle, host.c_str()) == 1
                               : X509_VERIFY_PARAM_set1_ip_asc(checks, host.c_str()) == 1;
  if (!set) return error(errc::invalid_argument, "no certificate can be for this host", host);
  return {};
}

}  // namespace

/// Asio looks names up on a thread of its own, and what it has begun there cannot be cancelled: the waiting is.
struct ServerConnection::Lookup {
  explicit Lookup(const net::any_io_executor& executor) : resolver(executor), done(executor) {}
  tcp::resolver resolver;
  net::steady_timer done;
  std::optional<boost::system::error_code> code;
  Endpoints endpoints;
};

net::awaitable<Result<ServerConnection::Endpoints>> ServerConnection::resolve(std::string host, std::uint16_t port,
                                                                              Deadline deadline) {
  boost::system::error_code not_address;
  const auto address = net::ip::make_address(host, not_address);
  if (!not_address) co_return Endpoints{tcp::endpoint(address, port)};
  lookup_ = std::make_shared<Lookup>(executor_);
  const auto lookup = lookup_;
  lookup->done.expires_at(deadline);
  lookup->resolver.async_resolve(host, std::to_string(port), tcp::resolver::numeric_service,
                                 [lookup](boost::system::error_code code, const tcp::resolver::results_type& found) {
                                   lookup->code = code;
                                   for (const auto& entry : found) lookup->endpoints.push_back(entry.endpoint());
                                   lookup->done.cancel();
                                 });
  [[maybe_unused]] const auto [ignored] = co_await lookup->done.async_wait(kToResult);
  lookup_.reset();
  // One that has not begun is not made: the thread is that of every source.
  lookup->resolver.cancel();
  if (!lookup->code) co_return unreachable("look up " + host + ": " + (closed_ ? "cancelled" : "timed out"));
  if (*lookup->code) co_return unreachable("look up " + host + ": " + lookup->code->message());
  co_return std::move(lookup->endpoints);
}

net::awaitable<Result<void>> ServerConnection::connect(std::string host, std::uint16_t port, bool loopback_only,
                                                       Deadline deadline) {
  Result<Endpoints> endpoints = co_await resolve(host, port, deadline);
  if (!endpoints) co_return endpoints.error();
  if (loopback_only) std::erase_if(*endpoints, [](const auto& end) { return !end.address().is_loopback(); });
  boost::system::error_code last = net::error::host_not_found;
  for (std::size_t i = 0; i < endpoints->size() && !closed_; ++i) {
    const auto left = static_cast<Clock::rep>(endpoints->size() - i);
    stream_.expires_after((deadline - Clock::now()) / left);
    const auto [code] = co_await stream_.async_connect((*endpoints)[i], kToResult);
    if (!code) {
      boost::system::error_code ignored;
      stream_.socket().set_option(tcp::no_delay(true), ignored);
      co_return Result<void>();
    }
    last = code;
    stream_.close();
  }
  co_return failed(place(host, port), last);
}

net::awaitable<Result<void>> ServerConnection::start_tls(std::shared_ptr<net::ssl::context> context, std::string host,
                                                         Deadline deadline) {
  context_ = std::move(context);
  tls_.emplace(stream_, *context_);
  if (const Result<void> expected = expect_host(tls_->native_handle(), host); !expected) co_return expected.error();
  stream_.expires_at(deadline);
  const auto [code] = co_await tls_->async_handshake(net::ssl::stream_base::client, kToResult);
  if (!code) co_return Result<void>();
  const long verdict = SSL_get_verify_result(tls_->native_handle());
  if (verdict != X509_V_OK)
    co_return unreachable("the certificate of " + host + ": " + X509_verify_cert_error_string(verdict));
  co_return failed("TLS with " + host, code);
}

net::awaitable<Result<void>> ServerConnection::write(std::string bytes, Deadline deadline) {
  stream_.expires_at(deadline);
  const auto whole = net::buffer(bytes);
  const auto [code, size] =
      tls_ ? co_await net::async_write(*tls_, whole, kToResult) : co_await net::async_write(stream_, whole, kToResult);
  if (code) co_return failed("send the request", code);
  co_return Result<void>();
}

net::awaitable<Result<std::size_t>> ServerConnection::read_some(net::mutable_buffer space, Deadline deadline) {
  stream_.expires_at(deadline);
  const auto [code, size] =
      tls_ ? co_await tls_->async_read_some(space, kToResult) : co_await stream_.async_read_some(space, kToResult);
  if (code == net::error::eof) co_return std::size_t{0};
  if (code) co_return failed("read the answer", code);
  co_return size;
}

void ServerConnection::close() {
  closed_ = true;
  if (lookup_) lookup_->done.cancel();
  stream_.close();
}

Error ServerConnection::failed(const std::string& what, const boost::system::error_code& code) const {
  if (closed_) return unreachable(what + ": cancelled");
  if (code == boost::beast::error::timeout) return unreachable(what + ": timed out");
  if (code == net::error::eof || code == net::ssl::error::stream_truncated)
    return unreachable(what + ": the server broke the connection off");
  return unreachable(what + ": " + code.message());
}

}  // namespace jitgate
