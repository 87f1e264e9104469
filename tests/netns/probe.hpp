#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "tests/netns/harness.hpp"

namespace jitgate::netns {

/// A descriptor that is closed with its owner.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(other.release()) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();
  [[nodiscard]] int fd() const { return fd_; }
  int release();

 private:
  int fd_ = -1;
};

/// An IPv4 or IPv6 address and a port; port 0 as a source: any.
struct Endpoint {
  std::string address;
  std::uint16_t port = 0;
};

enum class Outcome { connected, refused, timed_out, unreachable };
std::string_view to_string(Outcome outcome);
std::ostream& operator<<(std::ostream& out, Outcome outcome);

inline constexpr std::chrono::milliseconds kPatience{5000};  ///< for what must happen
inline constexpr std::chrono::milliseconds kSilence{
    400};  ///< for what must not: longer than any answer on this link takes

/// A TCP handshake from `ns`. A connection that is made is closed again with a reset, so that no TIME_WAIT is left.
Outcome tcp_connects(const NetworkNamespace& ns, const Endpoint& to, std::chrono::milliseconds timeout,
                     const Endpoint& from = {});

/// A TCP connection from `ns`, or the reason why there is none.
struct Attempt {
  Outcome outcome = Outcome::timed_out;
  Socket socket;
};
Attempt tcp_connect(const NetworkNamespace& ns, const Endpoint& to, std::chrono::milliseconds timeout,
                    const Endpoint& from = {});

/// Listens; the kernel completes handshakes, accept() takes them.
class TcpListener {
 public:
  TcpListener(const NetworkNamespace& ns, const Endpoint& at);
  /// The next connection whose peer has this local endpoint, skipping others; throws after kPatience.
  Socket accept_from(const Endpoint& peer) const;

 private:
  Socket socket_;
};

/// A live connection, both ends.
class TcpPair {
 public:
  /// Throws unless it is established.
  TcpPair(const NetworkNamespace& client, const TcpListener& listener, const Endpoint& to, const Endpoint& from = {});
  /// Sends both ways: true when everything arrived within `timeout`.
  bool echoes(std::chrono::milliseconds timeout = kPatience);
  [[nodiscard]] const Endpoint& client_end() const { return from_; }
  [[nodiscard]] int client_fd() const { return client_.fd(); }
  [[nodiscard]] int server_fd() const { return server_.fd(); }
  void close_server() { server_ = Socket(); }
  void close_client() { client_ = Socket(); }

 private:
  Socket client_;
  Socket server_;
  Endpoint from_;
  std::uint32_t sent_ = 0;
};

/// Answers every datagram on a thread of its own, until destroyed.
class UdpEchoServer {
 public:
  UdpEchoServer(const NetworkNamespace& ns, const Endpoint& at);
  ~UdpEchoServer();
  UdpEchoServer(const UdpEchoServer&) = delete;
  UdpEchoServer& operator=(const UdpEchoServer&) = delete;

 private:
  Socket socket_;
  Socket stop_;
  std::thread thread_;
};

/// A connected UDP socket; keep it to keep the flow.
Socket udp_connect(const NetworkNamespace& ns, const Endpoint& to, const Endpoint& from = {});
/// Sends a datagram and waits for the same one to come back.
Outcome udp_round_trip(int fd, std::chrono::milliseconds timeout);
/// The same with a socket of its own: connected (echoed), refused (ICMP port unreachable), timed_out, unreachable
/// (other ICMP).
Outcome udp_echoes(const NetworkNamespace& ns, const Endpoint& to, std::chrono::milliseconds timeout,
                   const Endpoint& from = {});

/// The local endpoint of a socket.
Endpoint local_endpoint(int fd);

/// Polls until `condition` holds; false when it does not within `timeout`.
bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds timeout = kPatience);

}  // namespace jitgate::netns
