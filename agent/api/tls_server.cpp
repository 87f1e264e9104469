#include "agent/api/tls_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include "agent/api/connection.hpp"
#include "agent/api/network_caller.hpp"
#include "agent/api/tcp_listener.hpp"
#include "agent/api/tls_context.hpp"
#include "agent/api/tls_stream.hpp"

namespace jitgate {
namespace {

namespace net = boost::asio;
using tcp = net::ip::tcp;

/// Out of descriptors or memory: nothing tells when there are some again, so accepting pauses.
constexpr std::chrono::milliseconds kAcceptPause(200);
/// Anybody on the network can fail to identify themselves: the audit shows so many of it in a minute.
constexpr std::size_t kFailuresAudited = 60;

/// Whoever has one IPv6 address commonly has its /64.
std::string limit_key(const net::ip::address& peer) {
  const std::optional<AddressPrefix> source = peer_source(peer);
  if (!source) return "loopback";
  return AddressPrefix::of(source->bytes(), source->family() == Family::ipv4 ? 32 : 64).to_string();
}

/// Shared by the server's handle and its coroutines, which may outlive the handle until the loop runs out.
class TlsListener : public std::enable_shared_from_this<TlsListener> {
 public:
  TlsListener(TcpAcceptor acceptor, std::shared_ptr<net::ssl::context> tls, std::string tokens, Agent& agent,
              ApiLimits limits)
      : acceptor_(std::move(acceptor)),
        pause_(acceptor_.get_executor()),
        tls_(std::move(tls)),
        tokens_(std::move(tokens)),
        agent_(agent),
        api_limits_(limits),
        limits_(std::make_shared<ConnectionLimits>(limits.connections, limits.connections_per_user)) {}

  void start() { net::co_spawn(acceptor_.get_executor(), accept_all(shared_from_this()), net::detached); }

  void stop() {
    if (stopped_) return;
    stopped_ = true;
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    for (Connection* connection : connections_) connection->close();
  }

 private:
  static net::awaitable<void> accept_all(std::shared_ptr<TlsListener> self) {
    while (!self->stopped_) {
      auto [code, socket] = co_await self->acceptor_.async_accept(net::as_tuple(net::use_awaitable));
      if (self->stopped_) co_return;
      if (!code) {
        self->admit(std::move(socket));
        continue;
      }
      self->pause_.expires_after(kAcceptPause);
      [[maybe_unused]] const auto [ignored] = co_await self->pause_.async_wait(net::as_tuple(net::use_awaitable));
    }
  }

  /// One too many is closed at once: to say why would take a handshake.
  void admit(tcp::socket socket) {
    boost::system::error_code code;
    const tcp::endpoint peer = socket.remote_endpoint(code);
    if (code) return;
    std::optional<ConnectionLimits::Slot> slot = ConnectionLimits::acquire(limits_, limit_key(peer.address()), false);
    if (!slot) return;
    socket.set_option(tcp::no_delay(true), code);
    auto stream = std::make_unique<TlsStream>(std::move(socket), tls_);
    Authenticate identify = [self = shared_from_this(), shown = stream.get(),
                             address = peer.address()](const HttpRequest& request) {
      return self->identify(request, shown->client_name(), address);
    };
    auto connection =
        std::make_unique<Connection>(std::move(stream), std::move(identify), std::move(*slot), agent_, api_limits_);
    net::co_spawn(acceptor_.get_executor(), serve(shared_from_this(), std::move(connection)), net::detached);
  }

  HttpResult<Caller> identify(const HttpRequest& request, const std::optional<std::string>& certificate,
                              const net::ip::address& peer) {
    NetworkCaller identified = identify_request(request, certificate, peer, tokens_);
    if (identified.why) record_failure(peer, *identified.why);
    return std::move(identified.caller);
  }

  void record_failure(const net::ip::address& peer, const Error& why) {
    const auto now = std::chrono::steady_clock::now();
    if (now - minute_ > std::chrono::minutes(1)) {
      minute_ = now;
      failures_ = 0;
    }
    if (++failures_ > kFailuresAudited) return;
    agent_.record_refusal(Caller{"unknown", peer_text(peer), {}}, "authenticate", why);
  }

  static net::awaitable<void> serve(std::shared_ptr<TlsListener> self, std::unique_ptr<Connection> connection) {
    self->connections_.insert(connection.get());
    const Forget forget(*self, connection.get());
    co_await connection->run();
  }

  /// Takes the connection off the list however its coroutine ends.
  class Forget {
   public:
    Forget(TlsListener& listener, Connection* connection) : listener_(listener), connection_(connection) {}
    Forget(const Forget&) = delete;
    Forget& operator=(const Forget&) = delete;
    ~Forget() { listener_.connections_.erase(connection_); }

   private:
    TlsListener& listener_;
    Connection* connection_;
  };

  TcpAcceptor acceptor_;
  net::steady_timer pause_;
  std::shared_ptr<net::ssl::context> tls_;
  TokenFile tokens_;
  Agent& agent_;
  ApiLimits api_limits_;
  std::shared_ptr<ConnectionLimits> limits_;
  std::set<Connection*> connections_;
  std::chrono::steady_clock::time_point minute_{};
  std::size_t failures_ = 0;
  bool stopped_ = false;
};

class TlsApiServer final : public ApiServer {
 public:
  explicit TlsApiServer(std::shared_ptr<TlsListener> listener) : listener_(std::move(listener)) { listener_->start(); }
  ~TlsApiServer() override { listener_->stop(); }
  TlsApiServer(const TlsApiServer&) = delete;
  TlsApiServer& operator=(const TlsApiServer&) = delete;

  void stop() override { listener_->stop(); }

 private:
  std::shared_ptr<TlsListener> listener_;
};

}  // namespace

Result<std::unique_ptr<ApiServer>> make_tls_server(net::io_context& context, Agent& agent, const HttpsConfig& config,
                                                   ApiLimits limits) {
  auto tls = make_tls_context(config.tls);
  if (!tls) return tls.error();
  auto acceptor = listen_at(context, config.listen);
  if (!acceptor) return acceptor.error();
  auto listener = std::make_shared<TlsListener>(std::move(*acceptor), std::move(*tls), config.tokens, agent, limits);
  return std::unique_ptr<ApiServer>(std::make_unique<TlsApiServer>(std::move(listener)));
}

}  // namespace jitgate
