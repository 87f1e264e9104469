#include "agent/http_client/http_client.hpp"

#include <utility>

#include "agent/http_client/request_head.hpp"
#include "agent/http_client/tls_client_context.hpp"
#include "agent/model/utf8.hpp"

namespace jitgate {
namespace {

namespace net = boost::asio;
using Deadline = ServerConnection::Deadline;

Deadline after(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

Result<ServerUrl> destination(const HttpGet& what) {
  Result<ServerUrl> server = parse_server_url(what.url);
  if (!server) return server;
  if (!server->tls && !names_loopback(server->host) && what.plain_host != server->host)
    return error(errc::invalid_argument, "must begin with https:// (http:// is for this machine alone)", "url");
  return server;
}

/// A tunnel to `server` through the proxy that `connection` leads to.
net::awaitable<Result<void>> tunnel(std::shared_ptr<ServerConnection> connection, const ServerUrl& server,
                                    const Proxy& proxy, const HttpGetLimits& limits, Deadline deadline) {
  const std::string name = "the proxy " + proxy.host + " port " + std::to_string(proxy.port);
  const Result<void> written = co_await connection->write(write_connect(server, proxy), deadline);
  if (!written) co_return error(errc::unavailable, name + ": " + describe(written.error()));
  HttpStream answer(connection, limits, ResponseReader::Kind::head_alone);
  const Result<void> head = co_await answer.read_head(deadline);
  if (!head) co_return error(errc::unavailable, name + ": " + describe(head.error()));
  if (answer.head().status / 100 != 2)
    co_return error(errc::unavailable, name + " answered " + status_text(answer.head().status));
  if (answer.has_left_over()) co_return error(errc::unavailable, name + " speaks ahead of the server");
  co_return Result<void>();
}

Result<void> refuse_redirection(const HttpHead& head) {
  constexpr unsigned kNotModified = 304;
  if (head.status / 100 != 3 || head.status == kNotModified) return {};
  return error(errc::unavailable, "the server redirects (" + status_text(head.status) + ") to " +
                                      in_quotes(head.field("Location")) + ", which is not followed");
}

Error was_cancelled() {
  return error(errc::unavailable, "cancelled");
}

}  // namespace

net::awaitable<Result<HttpAnswer>> HttpClient::get(HttpGet what) {
  const auto limit = what.limits.whole_body;
  Result<std::unique_ptr<HttpStream>> stream = co_await ask(std::move(what), ResponseReader::Kind::message);
  if (!stream) co_return stream.error();
  HttpAnswer answer{(*stream)->head(), {}};
  const Deadline deadline = after(limit);
  for (;;) {
    const Result<std::string> bytes = co_await (*stream)->read(deadline);
    if (!bytes) co_return bytes.error();
    if (bytes->empty()) co_return std::move(answer);
    answer.body += *bytes;
  }
}

net::awaitable<Result<std::unique_ptr<HttpStream>>> HttpClient::open(HttpGet what) {
  co_return co_await ask(std::move(what), ResponseReader::Kind::stream);
}

net::awaitable<Result<std::unique_ptr<HttpStream>>> HttpClient::ask(HttpGet what, ResponseReader::Kind kind) {
  if (cancelled_) co_return was_cancelled();
  const Result<ServerUrl> server = destination(what);
  if (!server) co_return server.error();
  Result<std::string> request = write_get(what, *server);
  if (!request) co_return request.error();
  const auto connection = std::make_shared<ServerConnection>(executor_);
  connection_ = connection;
  const Result<void> reached = co_await reach(*server, what, connection);
  if (!reached) co_return reached.error();
  auto stream = std::make_unique<HttpStream>(connection, what.limits, kind);
  const Deadline deadline = after(what.limits.answer);
  const Result<void> written = co_await connection->write(std::move(*request), deadline);
  if (!written) co_return written.error();
  const Result<void> head = co_await stream->read_head(deadline);
  if (!head) co_return head.error();
  if (const Result<void> refused = refuse_redirection(stream->head()); !refused) co_return refused.error();
  co_return std::move(stream);
}

net::awaitable<Result<void>> HttpClient::reach(const ServerUrl& server, const HttpGet& what,
                                               std::shared_ptr<ServerConnection> connection) {
  const Deadline deadline = after(what.limits.connect);
  Result<std::optional<Proxy>> proxy = std::optional<Proxy>();
  if (!what.direct) proxy = proxy_for(server, proxies_);
  if (!proxy) co_return proxy.error();
  std::shared_ptr<net::ssl::context> tls;
  if (server.tls) {
    Result<std::shared_ptr<net::ssl::context>> made = make_tls_client_context(what.tls);
    if (!made) co_return made.error();
    tls = std::move(*made);
  }
  const std::string host = *proxy ? (*proxy)->host : server.host;
  const std::uint16_t port = *proxy ? (*proxy)->port : server.port;
  const bool loopback_only = !server.tls && names_loopback(server.host);
  const Result<void> connected = co_await connection->connect(host, port, loopback_only, deadline);
  if (!connected) co_return connected.error();
  if (*proxy) {
    const Result<void> through = co_await tunnel(connection, server, **proxy, what.limits, deadline);
    if (!through) co_return through.error();
  }
  if (!tls) co_return Result<void>();
  co_return co_await connection->start_tls(std::move(tls), server.host, deadline);
}

void HttpClient::abandon() {
  if (const auto connection = connection_.lock()) connection->close();
}

void HttpClient::cancel() {
  cancelled_ = true;
  abandon();
}
}  // namespace jitgate
