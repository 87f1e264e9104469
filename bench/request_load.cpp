#include "bench/request_load.hpp"

#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <thread>

namespace jitgate::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// Of this thread alone: the C library's function would change the whole process.
void become(uid_t user) {
  if (::syscall(SYS_setresuid, -1, user, -1) != 0) throw std::runtime_error("setresuid needs root");
}

/// The daemon asks the kernel who connected, which is who the thread was at that moment.
int connect_as(const std::string& path, uid_t user) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("the socket's path is too long");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  become(user);
  const int failed = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  become(0);
  if (failed == 0) return fd;
  ::close(fd);
  return -1;
}

class Client {
 public:
  Client(const LoadPlan& plan, std::size_t number)
      : number_(number),
        fd_(connect_as(plan.socket, plan.users.at(number % plan.users.size()))),
        at_most_(plan.at_most) {}
  ~Client() {
    if (fd_ >= 0) ::close(fd_);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void run(Clock::time_point until, LoadResult& result) {
    while (requests_ < at_most_ && Clock::now() < until) {
      const std::string source = next_source();
      const auto begun = Clock::now();
      const std::optional<std::string> reply = exchange(source);
      const double took = std::chrono::duration<double, std::micro>(Clock::now() - begun).count();
      if (!reply) return result.refused.push_back("the connection ended"), void();
      if (reply->starts_with("HTTP/1.1 201 ")) {
        result.granted.push_back({id_in(*reply), source, took});
      } else {
        result.refused.push_back(*reply);
      }
    }
  }

 private:
  std::string next_source() {
    const std::size_t request = requests_++;
    return "10." + std::to_string(number_) + "." + std::to_string(request / 256 % 256) + "." +
           std::to_string(request % 256);
  }

  static std::string id_in(const std::string& reply) {
    constexpr std::string_view kKey = "\"id\":\"";
    const auto at = reply.find(kKey);
    if (at == std::string::npos) return {};
    const auto begin = at + kKey.size();
    return reply.substr(begin, reply.find('"', begin) - begin);
  }

  /// nullopt: the connection ended before the whole reply was there.
  std::optional<std::string> exchange(const std::string& source) {
    const std::string body = R"({"ports":[{"number":22,"protocol":"TCP","allowedSourceAddressPrefix":")" + source +
                             R"(","duration":"PT1H"}],"justification":"INC-1234"})";
    const std::string request =
        "POST /v1/requests HTTP/1.1\r\nHost: jitgate\r\nContent-Type: application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    if (::send(fd_, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
      return std::nullopt;
    std::string reply;
    while (!is_whole(reply)) {
      std::array<char, 8192> piece;
      const ssize_t got = ::recv(fd_, piece.data(), piece.size(), 0);
      if (got <= 0) return std::nullopt;
      reply.append(piece.data(), static_cast<std::size_t>(got));
    }
    return reply;
  }

  static bool is_whole(const std::string& reply) {
    constexpr std::string_view kLength = "Content-Length: ";
    const auto head = reply.find("\r\n\r\n");
    const auto length = reply.find(kLength);
    if (head == std::string::npos || length == std::string::npos) return false;
    return reply.size() >= head + 4 + std::stoul(reply.substr(length + kLength.size()));
  }

  std::size_t number_;
  std::size_t requests_ = 0;
  int fd_;
  std::size_t at_most_;
};

}  // namespace

void run_as_a_client() {
  const sched_param none{0};
  (void)::sched_setscheduler(0, SCHED_OTHER, &none);
}

LoadResult run_load(const LoadPlan& plan) {
  std::vector<LoadResult> results(plan.clients);
  const auto begun = Clock::now();
  {
    std::vector<std::jthread> clients;
    for (std::size_t i = 0; i < plan.clients; ++i) {
      clients.emplace_back([&plan, &results, i, until = begun + plan.lasts] {
        try {
          run_as_a_client();
          Client(plan, i).run(until, results[i]);
        } catch (const std::exception& failed) {
          results[i].refused.emplace_back(failed.what());
        }
      });
    }
  }
  LoadResult all;
  all.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  for (const LoadResult& one : results) {
    all.granted.insert(all.granted.end(), one.granted.begin(), one.granted.end());
    all.refused.insert(all.refused.end(), one.refused.begin(), one.refused.end());
  }
  return all;
}

HeldConnections::~HeldConnections() {
  for (const int fd : sockets_) ::close(fd);
}

void HeldConnections::open(const std::string& socket, uid_t user, std::size_t count, const std::string& head) {
  for (std::size_t i = 0; i < count; ++i) {
    const int fd = connect_as(socket, user);
    if (fd < 0) throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
    sockets_.push_back(fd);
    if (!head.empty()) (void)::send(fd, head.data(), head.size(), MSG_NOSIGNAL);
  }
}

void HeldConnections::send_a_byte() {
  for (const int fd : sockets_) (void)::send(fd, "a", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

std::size_t HeldConnections::alive() const {
  std::size_t count = 0;
  for (const int fd : sockets_) {
    pollfd state{fd, POLLIN, 0};
    // Whoever is turned away is told so, and then the end comes.
    if (::poll(&state, 1, 0) == 0) ++count;
  }
  return count;
}

}  // namespace jitgate::bench
