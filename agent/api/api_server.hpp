#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/api/http_message.hpp"
#include "agent/control/agent.hpp"
#include "platform/peer_identity.hpp"

namespace jitgate {

/// What one client may cost the daemon.
struct ApiLimits {
  HttpLimits http;
  std::size_t connections = 256;                                 ///< of those who have no role
  std::size_t connections_per_user = 32;                         ///< further ones get a 503 and are closed
  std::chrono::milliseconds idle = std::chrono::seconds(30);     ///< between two requests of a connection
  std::chrono::milliseconds request = std::chrono::seconds(10);  ///< from a request's first byte to its last
  std::chrono::milliseconds reply = std::chrono::seconds(10);    ///< for the client to take the whole reply
};

struct ApiOptions {
  std::string socket;  ///< the path of a Unix socket, or the name of a pipe
  /// A listening Unix socket that somebody else bound (socket activation). It is taken over, and its file is left
  /// alone. errc::not_supported on Windows.
  std::optional<int> listening_fd;
  /// Who is at the other end of a connection, with those of the groups that it is in.
  std::function<Result<PeerIdentity>(LocalHandle, const std::vector<std::string>&)> identify = identify_peer;
  /// The same in its place, where names are a matter of waiting. errc::not_supported elsewhere than on Windows.
  std::function<boost::asio::awaitable<Result<PeerIdentity>>(LocalHandle, const std::vector<std::string>&)>
      identify_later{};
  ApiLimits limits;
};

/// The local API: HTTP/1.1 and JSON on a Unix socket or a named pipe. Runs on the event loop's thread alone.
class ApiServer {
 public:
  virtual ~ApiServer() = default;

  /// Ends listening, removes the socket's file, and closes every connection; replies that are under way are lost. The
  /// destructor does the same. Idempotent.
  virtual void stop() = 0;
};

/// Binds and listens before it returns; serves from then on. Anybody may connect: the peer's credentials and the access
/// rules of agent.config(), read at each request, decide what for. Nobody over the network can. Fails with
/// errc::conflict when somebody answers at the address, and with errc::system_failed when what is there is not a socket
/// or the system refuses; nothing is replaced then. `agent` outlives the last run of `context`.
[[nodiscard]] Result<std::unique_ptr<ApiServer>> make_api_server(boost::asio::io_context& context, Agent& agent,
                                                                 ApiOptions options);

}  // namespace jitgate
