#include "tests/netns/probe.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ostream>
#include <stdexcept>
#include <utility>

namespace jitgate::netns {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Address resolve(const Endpoint& endpoint) {
  Address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (::inet_pton(AF_INET, endpoint.address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(endpoint.port);
    address.length = sizeof(sockaddr_in);
  } else if (::inet_pton(AF_INET6, endpoint.address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(endpoint.port);
    address.length = sizeof(sockaddr_in6);
  } else {
    throw std::runtime_error("not an address: " + endpoint.address);
  }
  return address;
}

/// A socket of the destination's family, bound to `from` where it says something.
Socket open_socket(const Address& to, int type, const Endpoint& from) {
  Socket socket(::socket(to.storage.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.fd() < 0) fail("socket");
  const int on = 1;
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  Endpoint bound = from;
  if (bound.address.empty() && bound.port == 0) return socket;
  if (bound.address.empty()) bound.address = to.storage.ss_family == AF_INET ? "0.0.0.0" : "::";
  const Address local = resolve(bound);
  if (::bind(socket.fd(), local.get(), local.length) != 0) fail("bind " + bound.address);
  return socket;
}

Outcome outcome_of(int error) {
  if (error == 0) return Outcome::connected;
  if (error == ECONNREFUSED || error == ECONNRESET) return Outcome::refused;
  if (error == ETIMEDOUT || error == EINPROGRESS) return Outcome::timed_out;
  return Outcome::unreachable;
}

bool ready(int fd, short events, SteadyClock::time_point deadline) {
  pollfd polled{fd, events, 0};
  while (true) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - SteadyClock::now());
    const int got = ::poll(&polled, 1, std::max(0, static_cast<int>(left.count())));
    if (got > 0) return true;
    if (got == 0 || errno != EINTR) return false;
  }
}

bool transfer(int from, int to, std::uint32_t value, SteadyClock::time_point deadline) {
  if (::send(from, &value, sizeof value, MSG_NOSIGNAL) != sizeof value) return false;
  std::uint32_t got = 0;
  return ready(to, POLLIN, deadline) && ::recv(to, &got, sizeof got, 0) == sizeof got && got == value;
}

Endpoint endpoint_of(const sockaddr_storage& storage) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
    ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return {text.data(), ntohs(v4.sin_port)};
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
  ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
  return {text.data(), ntohs(v6.sin6_port)};
}

}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

int Socket::release() {
  return std::exchange(fd_, -1);
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::connected:
      return "connected";
    case Outcome::refused:
      return "refused";
    case Outcome::timed_out:
      return "timed out";
    case Outcome::unreachable:
      return "unreachable";
  }
  return "?";
}

std::ostream& operator<<(std::ostream& out, Outcome outcome) {
  return out << to_string(outcome);
}

Attempt tcp_connect(const NetworkNamespace& ns, const Endpoint& to, milliseconds timeout, const Endpoint& from) {
  const Address address = resolve(to);
  Attempt attempt;
  attempt.socket = ns.run([&] { return open_socket(address, SOCK_STREAM, from); });
  int error = ::connect(attempt.socket.fd(), address.get(), address.length) == 0 ? 0 : errno;
  if (error == EINPROGRESS && ready(attempt.socket.fd(), POLLOUT, SteadyClock::now() + timeout)) {
    socklen_t length = sizeof error;
    ::getsockopt(attempt.socket.fd(), SOL_SOCKET, SO_ERROR, &error, &length);
  }
  attempt.outcome = outcome_of(error);
  return attempt;
}

Outcome tcp_connects(const NetworkNamespace& ns, const Endpoint& to, milliseconds timeout, const Endpoint& from) {
  const Attempt attempt = tcp_connect(ns, to, timeout, from);
  const linger reset{1, 0};
  ::setsockopt(attempt.socket.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  return attempt.outcome;
}

TcpListener::TcpListener(const NetworkNamespace& ns, const Endpoint& at) {
  const Address address = resolve(at);
  socket_ = ns.run([&] { return open_socket(address, SOCK_STREAM, at); });
  if (::listen(socket_.fd(), 1024) != 0) fail("listen");
}

Socket TcpListener::accept_from(const Endpoint& peer) const {
  const auto deadline = SteadyClock::now() + kPatience;
  while (ready(socket_.fd(), POLLIN, deadline)) {
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    Socket accepted(
        ::accept4(socket_.fd(), reinterpret_cast<sockaddr*>(&storage), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted.fd() < 0) continue;
    const Endpoint from = endpoint_of(storage);
    if (from.port == peer.port && from.address == peer.address) return accepted;
  }
  throw std::runtime_error("no connection from " + peer.address + " port " + std::to_string(peer.port));
}

TcpPair::TcpPair(const NetworkNamespace& client, const TcpListener& listener, const Endpoint& to,
                 const Endpoint& from) {
  Attempt attempt = tcp_connect(client, to, kPatience, from);
  if (attempt.outcome != Outcome::connected) {
    throw std::runtime_error("connection to " + to.address + ": " + std::string(to_string(attempt.outcome)));
  }
  client_ = std::move(attempt.socket);
  from_ = local_endpoint(client_.fd());
  server_ = listener.accept_from(from_);
}

bool TcpPair::echoes(milliseconds timeout) {
  const auto deadline = SteadyClock::now() + timeout;
  ++sent_;
  return transfer(client_.fd(), server_.fd(), sent_, deadline) && transfer(server_.fd(), client_.fd(), sent_, deadline);
}

UdpEchoServer::UdpEchoServer(const NetworkNamespace& ns, const Endpoint& at) : stop_(::eventfd(0, EFD_CLOEXEC)) {
  const Address address = resolve(at);
  socket_ = ns.run([&] { return open_socket(address, SOCK_DGRAM, at); });
  thread_ = std::thread([this] {
    std::array<pollfd, 2> polled{pollfd{socket_.fd(), POLLIN, 0}, pollfd{stop_.fd(), POLLIN, 0}};
    while (::poll(polled.data(), polled.size(), -1) >= 0 && polled[1].revents == 0) {
      std::array<char, 2048> buffer;
      sockaddr_storage peer{};
      socklen_t length = sizeof peer;
      auto* from = reinterpret_cast<sockaddr*>(&peer);
      const ssize_t got = ::recvfrom(socket_.fd(), buffer.data(), buffer.size(), 0, from, &length);
      if (got > 0) ::sendto(socket_.fd(), buffer.data(), static_cast<std::size_t>(got), 0, from, length);
    }
  });
}

UdpEchoServer::~UdpEchoServer() {
  ::eventfd_write(stop_.fd(), 1);
  thread_.join();
}

Socket udp_connect(const NetworkNamespace& ns, const Endpoint& to, const Endpoint& from) {
  const Address address = resolve(to);
  Socket socket = ns.run([&] { return open_socket(address, SOCK_DGRAM, from); });
  if (::connect(socket.fd(), address.get(), address.length) != 0) fail("connect " + to.address);
  return socket;
}

Outcome udp_round_trip(int fd, milliseconds timeout) {
  static constexpr std::string_view kDatagram = "jitgate?";
  const auto deadline = SteadyClock::now() + timeout;
  if (::send(fd, kDatagram.data(), kDatagram.size(), 0) < 0) return outcome_of(errno);
  if (!ready(fd, POLLIN, deadline)) return Outcome::timed_out;
  std::array<char, 64> buffer;
  const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
  if (got < 0) return outcome_of(errno);
  return std::string_view(buffer.data(), static_cast<std::size_t>(got)) == kDatagram ? Outcome::connected
                                                                                     : Outcome::unreachable;
}

Outcome udp_echoes(const NetworkNamespace& ns, const Endpoint& to, milliseconds timeout, const Endpoint& from) {
  return udp_round_trip(udp_connect(ns, to, from).fd(), timeout);
}

Endpoint local_endpoint(int fd) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length) != 0) fail("getsockname");
  return endpoint_of(storage);
}

bool eventually(const std::function<bool()>& condition, milliseconds timeout) {
  const auto deadline = SteadyClock::now() + timeout;
  while (!condition()) {
    if (SteadyClock::now() >= deadline) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

}  // namespace jitgate::netns
