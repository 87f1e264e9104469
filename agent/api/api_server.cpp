#include "agent/api/api_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <set>
#include <string_view>

#include "agent/api/connection.hpp"
#include "agent/api/roles.hpp"
#include "agent/api/unix_listener.hpp"
#include "agent/api/unix_stream.hpp"

namespace jitgate {
namespace {

namespace net = boost::asio;

/// Out of descriptors or memory: nothing tells when there are some again, so accepting pauses.
constexpr std::chrono::milliseconds kAcceptPause(200);

constexpr std::string_view kTooManyConnections =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nConnection: close\r\n"
    "Content-Length: 95\r\n\r\n"
    R"({"error":{"code":"TooMany","message":"too many connections are open","target":"","details":[]}})";

/// Shared by the server's handle and its coroutines, which may outlive the handle until the loop runs out.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(UnixAcceptor acceptor, Agent& agent, ApiOptions options)
      : acceptor_(std::move(acceptor)),
        pause_(acceptor_.get_executor()),
        agent_(agent),
        options_(std::move(options)),
        limits_(std::make_shared<ConnectionLimits>(options_.limits.connections, options_.limits.connections_per_user)) {
  }

  void start() { net::co_spawn(acceptor_.get_executor(), accept_all(shared_from_this()), net::detached); }

  void stop() {
    if (stopped_) return;
    stopped_ = true;
    if (!options_.listening_fd) {
      std::error_code ignored;
      std::filesystem::remove(options_.socket, ignored);
    }
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    for (Connection* connection : connections_) connection->close();
  }

 private:
  static net::awaitable<void> accept_all(std::shared_ptr<Listener> self) {
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

  void admit(UnixStream::Socket socket) {
    Result<PeerIdentity> peer = options_.identify(socket.native_handle());
    if (!peer) return;
    const bool privileged = resolve_roles(*peer, agent_.config().access).has(Role::administrator);
    std::optional<ConnectionLimits::Slot> slot =
        ConnectionLimits::acquire(limits_, std::to_string(peer->uid), privileged);
    if (!slot) {
      turn_away(std::move(socket));
      return;
    }
    // The roles are those of the access rules at each request.
    Authenticate identify = [&agent = agent_, peer = std::move(*peer)](const HttpRequest&) -> HttpResult<Caller> {
      return make_caller(peer, agent.config().access);
    };
    auto connection = std::make_unique<Connection>(std::make_unique<UnixStream>(std::move(socket)), std::move(identify),
                                                   std::move(*slot), agent_, options_.limits);
    net::co_spawn(acceptor_.get_executor(), serve(shared_from_this(), std::move(connection)), net::detached);
  }

  static net::awaitable<void> serve(std::shared_ptr<Listener> self, std::unique_ptr<Connection> connection) {
    self->connections_.insert(connection.get());
    const Forget forget(*self, connection.get());
    co_await connection->run();
  }

  /// The send buffer of a new connection is empty, so this never waits; a client that is gone already misses nothing.
  static void turn_away(UnixStream::Socket socket) {
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(net::buffer(kTooManyConnections), ignored);
  }

  /// Takes the connection off the list however its coroutine ends.
  class Forget {
   public:
    Forget(Listener& listener, Connection* connection) : listener_(listener), connection_(connection) {}
    Forget(const Forget&) = delete;
    Forget& operator=(const Forget&) = delete;
    ~Forget() { listener_.connections_.erase(connection_); }

   private:
    Listener& listener_;
    Connection* connection_;
  };

  UnixAcceptor acceptor_;
  net::steady_timer pause_;
  Agent& agent_;
  ApiOptions options_;
  std::shared_ptr<ConnectionLimits> limits_;
  std::set<Connection*> connections_;
  bool stopped_ = false;
};

class UnixApiServer final : public ApiServer {
 public:
  explicit UnixApiServer(std::shared_ptr<Listener> listener) : listener_(std::move(listener)) { listener_->start(); }
  ~UnixApiServer() override { listener_->stop(); }
  UnixApiServer(const UnixApiServer&) = delete;
  UnixApiServer& operator=(const UnixApiServer&) = delete;

  void stop() override { listener_->stop(); }

 private:
  std::shared_ptr<Listener> listener_;
};

}  // namespace

Result<std::unique_ptr<ApiServer>> make_api_server(net::io_context& context, Agent& agent, ApiOptions options) {
  Result<UnixAcceptor> acceptor =
      options.listening_fd ? adopt_listener(context, *options.listening_fd) : listen_at(context, options.socket);
  if (!acceptor) return acceptor.error();
  auto listener = std::make_shared<Listener>(std::move(*acceptor), agent, std::move(options));
  return std::unique_ptr<ApiServer>(std::make_unique<UnixApiServer>(std::move(listener)));
}

}  // namespace jitgate
