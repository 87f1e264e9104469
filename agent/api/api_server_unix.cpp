#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>
#include <utility>

#include "agent/api/accept_loop.hpp"
#include "agent/api/api_server.hpp"
#include "agent/api/local_clients.hpp"
#include "agent/api/plain_stream.hpp"
#include "agent/api/unix_listener.hpp"

namespace jitgate {
namespace {

namespace net = boost::asio;
using UnixStream = PlainStream<net::local::stream_protocol>;

class UnixClients {
 public:
  explicit UnixClients(LocalClients clients) : clients_(std::move(clients)) {}

  std::unique_ptr<Connection> admit(UnixStream::Socket socket) const {
    auto admission = clients_.admit(socket.native_handle());
    if (admission) return clients_.connect(std::make_unique<UnixStream>(std::move(socket)), std::move(*admission));
    if (admission.error().code == errc::too_many) turn_away(std::move(socket));
    return nullptr;
  }

 private:
  /// The send buffer of a new connection is empty, so this never waits; a client that is gone already misses nothing.
  static void turn_away(UnixStream::Socket socket) {
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(net::buffer(LocalClients::kTooManyConnections), ignored);
  }

  LocalClients clients_;
};

class UnixApiServer final : public ApiServer {
 public:
  /// `file`: the socket's path, removed at the end; empty where it is somebody else's.
  UnixApiServer(UnixAcceptor acceptor, std::string file, LocalClients clients)
      : file_(std::move(file)), server_(std::move(acceptor), std::make_shared<UnixClients>(std::move(clients))) {}
  ~UnixApiServer() override { remove_file(); }
  UnixApiServer(const UnixApiServer&) = delete;
  UnixApiServer& operator=(const UnixApiServer&) = delete;

  void stop() override {
    remove_file();
    server_.stop();
  }

 private:
  void remove_file() {
    // Once only: a successor may listen at the path already.
    if (const std::string file = std::exchange(file_, {}); !file.empty()) {
      std::error_code ignored;
      std::filesystem::remove(file, ignored);
    }
  }

  std::string file_;
  AcceptingServer<UnixAcceptor, UnixClients> server_;
};

}  // namespace

Result<std::unique_ptr<ApiServer>> make_api_server(net::io_context& context, Agent& agent, ApiOptions options) {
  if (options.identify_later)
    return error(errc::not_supported, "who is at the other end is known at once", "identify_later");
  Result<UnixAcceptor> acceptor =
      options.listening_fd ? adopt_listener(context, *options.listening_fd) : listen_at(context, options.socket);
  if (!acceptor) return acceptor.error();
  std::string file = options.listening_fd ? std::string() : options.socket;
  return std::unique_ptr<ApiServer>(
      std::make_unique<UnixApiServer>(std::move(*acceptor), std::move(file), LocalClients(agent, std::move(options))));
}

}  // namespace jitgate
