#include "tests/source_server/tunnel_proxy.hpp"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace jitgate::testing_server {
namespace {

/// What one end says, to the other, until either is gone.
net::awaitable<void> relay(std::shared_ptr<ServerStream> client, std::shared_ptr<tcp::socket> server, bool upwards) {
  tcp::socket& from = upwards ? client->socket() : *server;
  tcp::socket& to = upwards ? *server : client->socket();
  std::array<char, 16 * 1024> bytes{};
  for (;;) {
    const auto [code, size] = co_await from.async_read_some(net::buffer(bytes), kToResult);
    if (code) break;
    const auto [failed, written] = co_await net::async_write(to, net::buffer(bytes.data(), size), kToResult);
    if (failed) break;
  }
  boost::system::error_code ignored;
  to.shutdown(tcp::socket::shutdown_send, ignored);
}

}  // namespace

TunnelProxy::TunnelProxy(std::uint16_t to_port, std::string refusal)
    : to_port_(to_port),
      refusal_(std::move(refusal)),
      acceptor_(loop_.context(), {net::ip::address_v4::loopback(), 0}) {
  port_ = acceptor_.local_endpoint().port();
  net::co_spawn(loop_.context(), accept(), net::detached);
}

TunnelProxy::~TunnelProxy() {
  loop_.stop();
}

std::vector<std::string> TunnelProxy::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

net::awaitable<void> TunnelProxy::accept() {
  for (;;) {
    auto [code, socket] = co_await acceptor_.async_accept(kToResult);
    if (code) co_return;
    auto stream = std::make_shared<ServerStream>(std::move(socket), nullptr);
    net::co_spawn(loop_.context(), serve(std::move(stream)), net::detached);
  }
}

net::awaitable<void> TunnelProxy::serve(std::shared_ptr<ServerStream> client) {
  std::optional<std::string> head = co_await client->read_head();
  if (!head) co_return;
  {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(std::move(*head));
  }
  if (!refusal_.empty()) {
    co_await client->write(refusal_);
    co_return;
  }
  auto server = std::make_shared<tcp::socket>(loop_.context());
  const auto [code] = co_await server->async_connect({net::ip::address_v4::loopback(), to_port_}, kToResult);
  if (code || !co_await client->write("HTTP/1.1 200 Connection established\r\n\r\n")) co_return;
  net::co_spawn(loop_.context(), relay(client, server, true), net::detached);
  co_await relay(client, server, false);
}

}  // namespace jitgate::testing_server
