#include "tests/netns/connection_fixture.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <sstream>
#include <stdexcept>

#include "platform/linux/connection_tracker_linux.hpp"

namespace jitgate::netns {
namespace {

/// The port of the dual-stack listener, whose connections would be the IPv4 listener's otherwise; redirected to
/// nothing.
constexpr std::uint16_t kDualPort = 2222;

bool wait_readable(int fd, std::chrono::milliseconds timeout) {
  pollfd polled{fd, POLLIN, 0};
  return ::poll(&polled, 1, static_cast<int>(timeout.count())) > 0;
}

bool passes(const Socket& from, const Socket& to, std::chrono::milliseconds timeout) {
  static std::uint64_t sent = 0;
  ++sent;
  if (::send(from.fd(), &sent, sizeof sent, MSG_NOSIGNAL) != sizeof sent) return false;
  std::uint64_t got = 0;
  // What an earlier, unanswered attempt sent may still arrive first.
  while (wait_readable(to.fd(), timeout) && ::recv(to.fd(), &got, sizeof got, 0) == sizeof got) {
    if (got == sent) return true;
  }
  return false;
}

const std::string& server_address(const TestNetwork& network, Kind kind) {
  return kind == Kind::tcp_v6 || kind == Kind::udp_v6 ? network.server.ipv6 : network.server.ipv4;
}

const std::string& address_of(const Host& host, Kind kind) {
  return kind == Kind::tcp_v6 || kind == Kind::udp_v6 ? host.ipv6 : host.ipv4;
}

std::string as_server_sees(const std::string& address, Kind kind) {
  return kind == Kind::tcp_mapped || kind == Kind::udp_mapped ? "::ffff:" + address : address;
}

Ends connect_udp(const TestNetwork& network, Kind kind, const Host& from, std::uint16_t to_port) {
  static std::uint16_t next_port = 40000;
  const Endpoint client{address_of(from, kind), ++next_port};
  const std::string server = server_address(network, kind);
  Socket server_socket = udp_connect(network.server, {as_server_sees(client.address, kind), client.port},
                                     {as_server_sees(server, kind), to_port});
  Socket client_socket = udp_connect(from, {server, to_port}, client);
  return {kind, std::move(client_socket), std::move(server_socket), client};
}

}  // namespace

TransportPort port(Transport transport, std::uint16_t number) {
  return {transport, *PortNumber::from(number)};
}

std::vector<AllowKey> of_anybody(const std::vector<TransportPort>& ports) {
  std::vector<AllowKey> keys;
  for (const TransportPort& port : ports) keys.push_back({AddressPrefix::any(Family::ipv4), port});
  return keys;
}

std::vector<TransportPort> locked_ports() {
  return {port(Transport::tcp, kTcpPort), port(Transport::tcp, kDualPort), port(Transport::udp, kUdpPort)};
}

std::string_view to_string(Kind kind) {
  static constexpr std::string_view kNames[] = {"tcp v4", "tcp v6", "tcp mapped", "udp v4", "udp v6", "udp mapped"};
  return kNames[static_cast<int>(kind)];
}

bool is_tcp(Kind kind) {
  return kind <= Kind::tcp_mapped;
}

bool Ends::to_server(std::chrono::milliseconds timeout) const {
  return netns::passes(client, server, timeout);
}
bool Ends::to_client(std::chrono::milliseconds timeout) const {
  return netns::passes(server, client, timeout);
}

ConnectionTest::ConnectionTest() {
  v4_ = std::make_unique<TcpListener>(network.server, Endpoint{network.server.ipv4, kTcpPort});
  v6_ = std::make_unique<TcpListener>(network.server, Endpoint{network.server.ipv6, kTcpPort});
  dual_ = std::make_unique<TcpListener>(network.server, Endpoint{"::", kDualPort});
  make_tracker();
}

void ConnectionTest::make_tracker() {
  network.server.run([&] {
    Result<std::unique_ptr<ConnectionTracker>> made = make_linux_connection_tracker(context);
    if (!made) throw std::runtime_error(describe(made.error()));
    tracker = std::move(*made);
  });
}

Ends ConnectionTest::connect(Kind kind, const Host& from, std::uint16_t to_port) {
  if (!is_tcp(kind)) return connect_udp(network, kind, from, to_port == 0 ? kUdpPort : to_port);
  if (to_port == 0) to_port = kind == Kind::tcp_mapped ? kDualPort : kTcpPort;
  Attempt attempt = tcp_connect(from, {server_address(network, kind), to_port}, kPatience);
  if (attempt.outcome != Outcome::connected) throw std::runtime_error("no connection: " + std::string(to_string(kind)));
  const Endpoint client = local_endpoint(attempt.socket.fd());
  const TcpListener& listener = kind == Kind::tcp_mapped ? *dual_ : kind == Kind::tcp_v6 ? *v6_ : *v4_;
  Socket accepted = listener.accept_from({as_server_sees(client.address, kind), client.port});
  return {kind, std::move(attempt.socket), std::move(accepted), client};
}

std::vector<Ends> ConnectionTest::connect_all(const Host& from) {
  std::vector<Ends> all;
  for (const Kind kind : kKinds) all.push_back(connect(kind, from));
  return all;
}

void ConnectionTest::start_tracking() {
  network.server.check({"nft", "-f", "-"},
                       "table inet tracking { chain input { type filter hook input priority 0; "
                       "ct state established accept; }; }");
}

void ConnectionTest::lock() {
  network.server.check({"nft", "-f", "-"},
                       "table inet lock { chain input { type filter hook input priority 10; "
                       "tcp flags & (syn | ack) == syn tcp dport { 22, 2222 } drop; "
                       "ct state established accept; "
                       "tcp dport { 22, 2222 } drop; udp dport 53 drop; }; }");
}

std::size_t ConnectionTest::list_and_seed() {
  const Result<std::vector<Connection>> connections = tracker->list(locked_ports());
  if (!connections) throw std::runtime_error(describe(connections.error()));
  const Result<std::size_t> seeded = tracker->seed(*connections);
  if (!seeded) throw std::runtime_error(describe(seeded.error()));
  return *seeded;
}

std::vector<std::string> ConnectionTest::entries(const std::string& text) const {
  std::vector<std::string> found;
  for (const char* family : {"ipv4", "ipv6"}) {
    std::istringstream listing(network.server.check({"conntrack", "-L", "-f", family}));
    for (std::string line; std::getline(listing, line);) {
      if (line.find(text) != std::string::npos) found.push_back(line);
    }
  }
  return found;
}

std::vector<std::string> ConnectionTest::entries(const Ends& ends) const {
  std::vector<std::string> found = entries("sport=" + std::to_string(ends.client_end.port) + " ");
  std::erase_if(found, [&](const std::string& line) {
    const bool same_transport = line.rfind(is_tcp(ends.kind) ? "tcp" : "udp", 0) == 0;
    return !same_transport || line.find("src=" + ends.client_end.address + " ") == std::string::npos;
  });
  return found;
}

bool ConnectionTest::run_until(const std::function<bool()>& condition, std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!condition()) {
    const auto left = deadline - std::chrono::steady_clock::now();
    if (left <= left.zero()) return false;
    context.restart();
    context.run_one_for(left);
  }
  return true;
}

void close_with_reset(Socket& socket) {
  const linger reset{1, 0};
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  socket = Socket();
}

int pending_error(const Socket& socket) {
  int pending = 0;
  socklen_t length = sizeof pending;
  ::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &pending, &length);
  return pending;
}

bool was_reset(const Socket& socket) {
  char byte = 0;
  return wait_readable(socket.fd(), kPatience) && ::recv(socket.fd(), &byte, 1, 0) <= 0;
}

}  // namespace jitgate::netns
