#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "tests/netns/daemon_fixture.hpp"
#include "tests/netns/harness.hpp"
#include "tests/netns/probe.hpp"

namespace jitgate::netns {

/// Who knocks: a host, and the addresses that it comes from.
struct Caller {
  const Host* host;
  std::string ipv4;
  std::string ipv6;
};

/// One attempt to get in.
struct Knock {
  Caller caller;
  Way way;
  int port;
};
/// "Tcp4 22 from 198.51.100.20"
std::string to_string(const Knock& knock);

/// Every way in to each of the ports.
std::vector<Knock> knocks(const Caller& caller, const std::vector<int>& ports);

/// An attempt under way, with a socket of its own.
class Attempted {
 public:
  Attempted(const Knock& knock, const Host& server);
  /// The other side has answered, or is known not to.
  [[nodiscard]] bool settled() const { return settled_; }
  [[nodiscard]] bool entered() const { return entered_; }
  [[nodiscard]] int fd() const { return socket_.fd(); }
  /// The event of poll(2) that tells of an answer.
  [[nodiscard]] short awaited() const;
  /// Takes in what has happened; does not wait.
  void look();

 private:
  void settle(bool entered);
  bool tcp_;
  bool settled_ = false;
  bool entered_ = false;
  Socket socket_;
};

/// Attempts all of them at the same time; gives those that came in, as soon as all are answered or `timeout` is over.
std::vector<Knock> volley(const Host& server, const std::vector<Knock>& attempts, std::chrono::milliseconds timeout);

/// Knocks without a pause at every way in to the ports, thousands of times a second, until ended.
class Siege {
 public:
  Siege(const Host& server, Caller caller, std::vector<int> ports);
  ~Siege();
  Siege(const Siege&) = delete;
  Siege& operator=(const Siege&) = delete;

  /// Stops, and waits until every attempt was answered or given up.
  void end();
  [[nodiscard]] std::uint64_t attempts() const { return attempts_; }
  [[nodiscard]] std::uint64_t entered() const { return entered_; }

 private:
  void knock_until_ended(const Host& server, const std::vector<Knock>& ways);
  std::atomic<bool> ended_ = false;
  std::atomic<std::uint64_t> attempts_ = 0;
  std::atomic<std::uint64_t> entered_ = 0;
  std::thread thread_;
};

}  // namespace jitgate::netns
