#include "agent/api/tls_server.hpp"

#include <chrono>
#include <memory>

#include "agent/api/accept_loop.hpp"
#include "agent/api/dispatch.hpp"
#include "agent/api/network_caller.hpp"
#include "agent/api/tcp_listener.hpp"
#include "agent/api/tls_context.hpp"
#include "agent/api/tls_stream.hpp"

namespace jitgate {
namespace {

namespace net = boost::asio;
using tcp = net::ip::tcp;

/// Anybody on the network can fail to identify themselves: the audit shows so many of it in a minute.
constexpr std::size_t kFailuresAudited = 60;

/// Whoever has one IPv6 address commonly has its /64.
std::string limit_key(const net::ip::address& peer) {
  const std::optional<AddressPrefix> source = peer_source(peer);
  if (!source) return "loopback";
  return AddressPrefix::of(source->bytes(), source->family() == Family::ipv4 ? 32 : 64).to_string();
}

/// Who may connect, and as whom. Lives as long as the connections that it admitted.
class NetworkClients : public std::enable_shared_from_this<NetworkClients> {
 public:
  NetworkClients(std::shared_ptr<net::ssl::context> tls, std::string tokens, Agent& agent, ApiLimits limits)
      : tls_(std::move(tls)),
        tokens_(std::move(tokens)),
        agent_(agent),
        api_limits_(limits),
        limits_(std::make_shared<ConnectionLimits>(limits.connections, limits.connections_per_user)) {}

  /// One too many is closed at once: to say why would take a handshake.
  std::unique_ptr<Connection> admit(tcp::socket socket) {
    boost::system::error_code code;
    const tcp::endpoint peer = socket.remote_endpoint(code);
    if (code) return nullptr;
    std::optional<ConnectionLimits::Slot> slot = ConnectionLimits::acquire(limits_, limit_key(peer.address()), false);
    if (!slot) return nullptr;
    socket.set_option(tcp::no_delay(true), code);
    auto stream = std::make_unique<TlsStream>(std::move(socket), tls_);
    Authenticate identify = [self = shared_from_this(), shown = stream.get(),
                             address = peer.address()](const HttpRequest& request) {
      return self->identify(request, shown->client_name(), address);
    };
    return std::make_unique<Connection>(std::move(stream), dispatch_to(agent_, std::move(identify)), std::move(*slot),
                                        api_limits_);
  }

 private:
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

  std::shared_ptr<net::ssl::context> tls_;
  TokenFile tokens_;
  Agent& agent_;
  ApiLimits api_limits_;
  std::shared_ptr<ConnectionLimits> limits_;
  std::chrono::steady_clock::time_point minute_{};
  std::size_t failures_ = 0;
};

}  // namespace

Result<std::unique_ptr<ApiServer>> make_tls_server(net::io_context& context, Agent& agent, const HttpsConfig& config,
                                                   ApiLimits limits) {
  auto tls = make_tls_context(config.tls);
  if (!tls) return tls.error();
  auto acceptor = listen_at(context, config.listen);
  if (!acceptor) return acceptor.error();
  auto clients = std::make_shared<NetworkClients>(std::move(*tls), config.tokens, agent, limits);
  return std::unique_ptr<ApiServer>(
      std::make_unique<AcceptingServer<TcpAcceptor, NetworkClients>>(std::move(*acceptor), std::move(clients)));
}

}  // namespace jitgate
