#include "agent/api/tls_stream.hpp"

#include <openssl/x509.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/write.hpp>

#include "agent/model/utf8.hpp"

namespace jitgate {
namespace {

namespace net = boost::asio;

constexpr auto kToResult = net::as_tuple(net::use_awaitable);

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

/// Exactly one common name, without anything that could make it read as another.
std::optional<std::string> common_name(const X509_NAME* subject) {
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return std::nullopt;
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return std::nullopt;
  std::string name(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  if (name.empty() || !is_utf8(name) || has_control_characters(name)) return std::nullopt;
  return name;
}

}  // namespace

TlsStream::TlsStream(net::ip::tcp::socket socket, std::shared_ptr<net::ssl::context> context)
    : context_(std::move(context)), stream_(std::move(socket), *context_) {}

void TlsStream::expires_after(std::chrono::milliseconds time) {
  stream_.next_layer().expires_after(time);
}

net::awaitable<bool> TlsStream::open() {
  const auto [code] = co_await stream_.async_handshake(net::ssl::stream_base::server, kToResult);
  co_return !code;
}

net::awaitable<std::optional<std::size_t>> TlsStream::read_some(net::mutable_buffer space) {
  const auto [code, size] = co_await stream_.async_read_some(space, kToResult);
  if (code) co_return std::nullopt;
  co_return size;
}

net::awaitable<bool> TlsStream::write(http::response<http::string_body>& response) {
  const auto [code, size] = co_await http::async_write(stream_, response, kToResult);
  co_return !code;
}

net::awaitable<void> TlsStream::finish() {
  [[maybe_unused]] const auto [ignored] = co_await stream_.async_shutdown(kToResult);
}

void TlsStream::close() {
  stream_.next_layer().close();
}

std::optional<std::string> TlsStream::client_name() {
  const Certificate certificate(SSL_get1_peer_certificate(stream_.native_handle()), X509_free);
  if (!certificate || SSL_get_verify_result(stream_.native_handle()) != X509_V_OK) return std::nullopt;
  return common_name(X509_get_subject_name(certificate.get()));
}

}  // namespace jitgate
