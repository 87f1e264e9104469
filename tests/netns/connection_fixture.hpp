#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/connection_tracker.hpp"
#include "tests/netns/harness.hpp"
#include "tests/netns/probe.hpp"

namespace jitgate::netns {

inline constexpr std::uint16_t kTcpPort = 22;
inline constexpr std::uint16_t kUdpPort = 53;

TransportPort port(Transport transport, std::uint16_t number);
/// kTcpPort/tcp and kUdpPort/udp.
std::vector<TransportPort> locked_ports();
/// These ports, whoever comes.
std::vector<AllowKey> of_anybody(const std::vector<TransportPort>& ports);

/// What a live connection is made of. `mapped`: the server's socket is AF_INET6, the packets are IPv4.
enum class Kind { tcp_v4, tcp_v6, tcp_mapped, udp_v4, udp_v6, udp_mapped };
std::string_view to_string(Kind kind);
inline constexpr Kind kKinds[] = {Kind::tcp_v4, Kind::tcp_v6, Kind::tcp_mapped,
                                  Kind::udp_v4, Kind::udp_v6, Kind::udp_mapped};
bool is_tcp(Kind kind);

/// Both ends of a connection; the UDP ones are connected sockets.
struct Ends {
  Kind kind;
  Socket client;
  Socket server;
  Endpoint client_end;  ///< as it is on the wire
  [[nodiscard]] bool to_server(std::chrono::milliseconds timeout = kPatience) const;
  [[nodiscard]] bool to_client(std::chrono::milliseconds timeout = kPatience) const;
  [[nodiscard]] bool passes() const { return to_server() && to_client(); }
};

/// The server's namespace, in which nothing is tracked yet, with a tracker that belongs to it.
class ConnectionTest {
 public:
  ConnectionTest();

  TestNetwork network;
  boost::asio::io_context context;
  std::unique_ptr<ConnectionTracker> tracker;

  /// A new tracker in the place of the old one, as after a restart of the daemon.
  void make_tracker();
  /// A connection that is established; throws otherwise.
  Ends connect(Kind kind, const Host& from, std::uint16_t to_port = 0);
  std::vector<Ends> connect_all(const Host& from);

  /// linux.md's step (1): tracking runs, and everything passes.
  void start_tracking();
  /// Step (3): on the two ports only established passes, and a SYN is always new.
  void lock();
  /// Step (2); the number of entries that were inserted.
  std::size_t list_and_seed();
  /// `conntrack -L` lines that have this text.
  std::vector<std::string> entries(const std::string& text = "") const;
  /// Those of this connection, which does not have its port number to itself: hosts and transports choose on their own.
  std::vector<std::string> entries(const Ends& ends) const;
  void flush() const { network.server.exec({"conntrack", "-F"}); }
  /// Runs the event loop until `condition` holds; false when it does not in time.
  bool run_until(const std::function<bool()>& condition, std::chrono::milliseconds timeout = kPatience);

 private:
  std::unique_ptr<TcpListener> v4_;
  std::unique_ptr<TcpListener> v6_;
  std::unique_ptr<TcpListener> dual_;
};

/// Closes a TCP socket with a reset, so that nothing of it stays.
void close_with_reset(Socket& socket);

/// Nothing comes back but an end or an error within the time: the peer was reset, or its datagram refused.
bool was_reset(const Socket& socket);

/// The pending error of a socket (SO_ERROR).
int pending_error(const Socket& socket);

}  // namespace jitgate::netns
