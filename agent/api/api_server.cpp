#include "agent/api/api_server.hpp"

#include <boost/asio/buffer.hpp>
#include <filesystem>
#include <string_view>
#include <utility>

#include "agent/api/accept_loop.hpp"
#include "agent/api/dispatch.hpp"
#include "agent/api/plain_stream.hpp"
#include "agent/api/roles.hpp"
#include "agent/api/unix_listener.hpp"

namespace jitgate {
namespace {

namespace net = boost::asio;

constexpr std::string_view kTooManyConnections =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nConnection: close\r\n"
    "Content-Length: 95\r\n\r\n"
    R"({"error":{"code":"TooMany","message":"too many connections are open","target":"","details":[]}})";

/// Who may connect, and as whom.
class LocalClients {
 public:
  LocalClients(Agent& agent, ApiOptions options)
      : agent_(agent),
        options_(std::move(options)),
        limits_(std::make_shared<ConnectionLimits>(options_.limits.connections, options_.limits.connections_per_user)) {
  }

  std::unique_ptr<Connection> admit(UnixStream::Socket socket) {
    const AccessConfig& access = agent_.config().access;
    Result<PeerIdentity> peer = options_.identify(socket.native_handle(), groups_with_roles(access));
    if (!peer) return nullptr;
    // One person can have thousands of uids (subuid(5)), none of which has a role.
    const bool has_role = !resolve_roles(*peer, access).empty();
    std::optional<ConnectionLimits::Slot> slot =
        ConnectionLimits::acquire(limits_, std::to_string(peer->uid), has_role);
    if (!slot) {
      turn_away(std::move(socket));
      return nullptr;
    }
    // The roles are those of the access rules at each request.
    Authenticate identify = [&agent = agent_, peer = std::move(*peer)](const HttpRequest&) -> HttpResult<Caller> {
      return make_caller(peer, agent.config().access);
    };
    return std::make_unique<Connection>(std::make_unique<UnixStream>(std::move(socket)),
                                        dispatch_to(agent_, std::move(identify)), std::move(*slot), options_.limits);
  }

 private:
  /// The send buffer of a new connection is empty, so this never waits; a client that is gone already misses nothing.
  static void turn_away(UnixStream::Socket socket) {
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(net::buffer(kTooManyConnections), ignored);
  }

  Agent& agent_;
  ApiOptions options_;
  std::shared_ptr<ConnectionLimits> limits_;
};

class UnixApiServer final : public ApiServer {
 public:
  /// `file`: the socket's path, removed at the end; empty where it is somebody else's.
  UnixApiServer(UnixAcceptor acceptor, std::string file, LocalClients clients)
      : file_(std::move(file)),
        loop_(std::make_shared<AcceptLoop<UnixAcceptor>>(
            std::move(acceptor), [clients = std::move(clients)](UnixStream::Socket socket) mutable {
              return clients.admit(std::move(socket));
            })) {
    loop_->start();
  }
  ~UnixApiServer() override { stop(); }
  UnixApiServer(const UnixApiServer&) = delete;
  UnixApiServer& operator=(const UnixApiServer&) = delete;

  void stop() override {
    // Once only: a successor may listen at the path already.
    if (const std::string file = std::exchange(file_, {}); !file.empty()) {
      std::error_code ignored;
      std::filesystem::remove(file, ignored);
    }
    loop_->stop();
  }

 private:
  std::string file_;
  std::shared_ptr<AcceptLoop<UnixAcceptor>> loop_;
};

}  // namespace

Result<std::unique_ptr<ApiServer>> make_api_server(net::io_context& context, Agent& agent, ApiOptions options) {
  Result<UnixAcceptor> acceptor =
      options.listening_fd ? adopt_listener(context, *options.listening_fd) : listen_at(context, options.socket);
  if (!acceptor) return acceptor.error();
  std::string file = options.listening_fd ? std::string() : options.socket;
  return std::unique_ptr<ApiServer>(
      std::make_unique<UnixApiServer>(std::move(*acceptor), std::move(file), LocalClients(agent, std::move(options))));
}

}  // namespace jitgate
