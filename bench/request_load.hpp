#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace jitgate::bench {

struct LoadPlan {
  std::string socket;                 ///< of jitgated's API
  std::size_t clients = 50;           ///< 256 at most
  std::chrono::milliseconds lasts{};  ///< nobody begins a request afterwards
  std::vector<uid_t> users;           ///< who the clients are, in turn; the daemon counts connections by user
  std::size_t at_most = 1'000'000;    ///< requests of each client
};

struct LoadReply {
  std::string id;       ///< the grant's, as the reply has it
  std::string source;   ///< the address that was asked for; no two requests ask for the same
  double microseconds;  ///< from sending to the whole reply
};

struct LoadResult {
  std::vector<LoadReply> granted;    ///< answered with 201: recorded, and open
  std::vector<std::string> refused;  ///< every other reply, and every connection that broke
  double seconds = 0;
};

/// Every client has a connection of its own and asks for TCP port 22, again as soon as it was answered. Blocks until
/// all are through. Needs root.
[[nodiscard]] LoadResult run_load(const LoadPlan& plan);

/// The calling thread takes its turn among the others: a client has no priority over the daemon that it asks.
void run_as_a_client();

/// Connections that are held and never ask for anything, or never end asking.
class HeldConnections {
 public:
  HeldConnections() = default;
  ~HeldConnections();
  HeldConnections(const HeldConnections&) = delete;
  HeldConnections& operator=(const HeldConnections&) = delete;

  /// Connects so often as this user, and writes `head` on each. Those that the daemon has closed since count too.
  void open(const std::string& socket, uid_t user, std::size_t count, const std::string& head = {});
  /// One more byte on each that still takes it.
  void send_a_byte();
  /// How many the daemon has not closed.
  [[nodiscard]] std::size_t alive() const;

 private:
  std::vector<int> sockets_;
};

}  // namespace jitgate::bench
