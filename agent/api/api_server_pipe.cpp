#include <boost/asio/write.hpp>
#include <utility>

#include "agent/api/accept_loop.hpp"
#include "agent/api/api_server.hpp"
#include "agent/api/local_clients.hpp"
#include "agent/api/pipe_acceptor.hpp"
#include "agent/api/roles.hpp"

namespace jitgate {
namespace {

namespace net = boost::asio;

constexpr std::chrono::seconds kTurningAway(1);

class PipeClients {
 public:
  explicit PipeClients(LocalClients clients) : clients_(std::move(clients)) {}

  std::unique_ptr<Connection> admit(PipeClient client) const {
    auto admission = clients_.admit(client.peer);
    if (admission) return clients_.connect(std::make_unique<PipeStream>(std::move(client)), std::move(*admission));
    if (admission.error().code == errc::too_many) {
      turn_away(client.end);
    } else {
      client.end->close();
    }
    return nullptr;
  }

 private:
  static void turn_away(const std::shared_ptr<PipeEnd>& end) {
    end->expires_after(kTurningAway);
    net::async_write(end->pipe(), net::buffer(LocalClients::kTooManyConnections),
                     [end](boost::system::error_code, std::size_t) { end->close(); });
  }

  LocalClients clients_;
};

net::awaitable<Result<PeerIdentity>> at_once(Result<PeerIdentity> peer) {
  co_return peer;
}

/// With the groups that have roles at the moment.
PipeAcceptor::Identify identify_with(const Agent& agent, const ApiOptions& options) {
  return [&agent, now = options.identify, later = options.identify_later](LocalHandle client) {
    const auto groups = groups_with_roles(agent.config().access);
    return later ? later(client, groups) : at_once(now(client, groups));
  };
}

}  // namespace

Result<std::unique_ptr<ApiServer>> make_api_server(net::io_context& context, Agent& agent, ApiOptions options) {
  if (options.listening_fd) return error(errc::not_supported, "Windows has no sockets to take over", "listening_fd");
  auto acceptor = PipeAcceptor::listen(context, options.socket, options.limits.request, identify_with(agent, options));
  if (!acceptor) return acceptor.error();
  auto clients = std::make_shared<PipeClients>(LocalClients(agent, std::move(options)));
  return std::unique_ptr<ApiServer>(
      std::make_unique<AcceptingServer<PipeAcceptor, PipeClients>>(std::move(*acceptor), std::move(clients)));
}

}  // namespace jitgate
