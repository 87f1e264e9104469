#include "tests/foreign/volley.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <utility>

namespace jitgate::netns {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kPending = 256;      ///< attempts of a siege that wait for an answer
constexpr milliseconds kBetweenRounds{1};  ///< leaves the machine to the daemons that the test is about

/// A flow that was let in once stays established, and what comes from its port rides on it: every attempt has its own.
std::uint16_t next_source_port() {
  constexpr unsigned kFirst = 2'000;
  constexpr unsigned kPorts = 30'000;  // below those that the kernel picks
  static std::atomic<unsigned> next{0};
  return static_cast<std::uint16_t>(kFirst + next++ % kPorts);
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  SocketAddress(const std::string& address, std::uint16_t port, bool ipv6) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
    storage.ss_family = ipv6 ? AF_INET6 : AF_INET;
    (ipv6 ? v6->sin6_port : v4->sin_port) = htons(port);
    length = ipv6 ? sizeof *v6 : sizeof *v4;
    void* to = ipv6 ? static_cast<void*>(&v6->sin6_addr) : static_cast<void*>(&v4->sin_addr);
    if (::inet_pton(storage.ss_family, address.c_str(), to) != 1)
      throw std::runtime_error("not an address: " + address);
  }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Socket open_socket(const Knock& knock) {
  const int type = (knock.way.tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
  Socket socket(::socket(knock.way.ipv6 ? AF_INET6 : AF_INET, type, 0));
  const int on = 1;
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const linger reset{1, 0};
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  const auto& source = knock.way.ipv6 ? knock.caller.ipv6 : knock.caller.ipv4;
  for (int tries = 0; tries < 100; ++tries) {
    const SocketAddress local(source, next_source_port(), knock.way.ipv6);
    if (::bind(socket.fd(), local.get(), local.length) == 0) return socket;
  }
  throw std::runtime_error("bind " + source + ": " + std::strerror(errno));
}

/// Waits until something happens to an attempt that is not settled, and takes it in.
void wait_for(std::deque<Attempted>& attempts, SteadyClock::time_point until) {
  std::vector<pollfd> polled;
  for (const auto& attempt : attempts) {
    if (!attempt.settled()) polled.push_back({attempt.fd(), attempt.awaited(), 0});
  }
  const auto left = std::chrono::ceil<milliseconds>(until - SteadyClock::now()).count();
  ::poll(polled.data(), polled.size(), static_cast<int>(std::max<long>(0, left)));
  for (auto& attempt : attempts) attempt.look();
}

bool all_settled(const std::deque<Attempted>& attempts) {
  return std::ranges::all_of(attempts, &Attempted::settled);
}

}  // namespace

std::string to_string(const Knock& knock) {
  return to_string(knock.way) + " " + std::to_string(knock.port) + " from " +
         (knock.way.ipv6 ? knock.caller.ipv6 : knock.caller.ipv4);
}

std::vector<Knock> knocks(const Caller& caller, const std::vector<int>& ports) {
  std::vector<Knock> all;
  for (const int port : ports) {
    for (const Way way : kWays) all.push_back({caller, way, port});
  }
  return all;
}

Attempted::Attempted(const Knock& knock, const Host& server) : tcp_(knock.way.tcp), socket_(open_socket(knock)) {
  const SocketAddress to(address_of(server, knock.way), static_cast<std::uint16_t>(knock.port), knock.way.ipv6);
  const int made = ::connect(socket_.fd(), to.get(), to.length);
  if (made != 0 && errno != EINPROGRESS) settle(false);
  if (!tcp_ && !settled_) (void)::send(socket_.fd(), "?", 1, 0);
}

short Attempted::awaited() const {
  return tcp_ ? POLLOUT : POLLIN;
}

void Attempted::settle(bool entered) {
  settled_ = true;
  entered_ = entered;
}

void Attempted::look() {
  pollfd polled{fd(), awaited(), 0};
  if (settled_ || ::poll(&polled, 1, 0) <= 0) return;
  if (tcp_) {
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &length);
    return settle(error == 0);
  }
  char answer = 0;
  settle(::recv(fd(), &answer, 1, 0) == 1);
}

std::vector<Knock> volley(const Host& server, const std::vector<Knock>& attempts, milliseconds timeout) {
  std::deque<Attempted> under_way;
  for (const auto& knock : attempts) {
    knock.caller.host->run([&] { under_way.emplace_back(knock, server); });
  }
  const auto until = SteadyClock::now() + timeout;
  while (!all_settled(under_way) && SteadyClock::now() < until) wait_for(under_way, until);
  std::vector<Knock> entered;
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    if (under_way[i].entered()) entered.push_back(attempts[i]);
  }
  return entered;
}

Siege::Siege(const Host& server, Caller caller, std::vector<int> ports)
    : thread_([this, &server, ways = knocks(caller, ports)] {
        ways.front().caller.host->enter();
        knock_until_ended(server, ways);
      }) {}

Siege::~Siege() {
  end();
}

void Siege::end() {
  ended_ = true;
  if (thread_.joinable()) thread_.join();
}

void Siege::knock_until_ended(const Host& server, const std::vector<Knock>& ways) {
  std::deque<Attempted> pending;
  const auto finish_oldest = [&] {
    if (pending.front().entered()) ++entered_;
    pending.pop_front();
  };
  while (!ended_) {
    for (const auto& knock : ways) {
      pending.emplace_back(knock, server);
      ++attempts_;
    }
    wait_for(pending, SteadyClock::now() + kBetweenRounds);
    while (!pending.empty() && (pending.front().settled() || pending.size() > kPending)) finish_oldest();
  }
  const auto until = SteadyClock::now() + kSilence;
  while (!all_settled(pending) && SteadyClock::now() < until) wait_for(pending, until);
  while (!pending.empty()) finish_oldest();
}

}  // namespace jitgate::netns
