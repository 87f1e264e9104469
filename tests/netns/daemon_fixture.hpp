#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "tests/netns/daemon.hpp"
#include "tests/netns/harness.hpp"
#include "tests/netns/probe.hpp"

namespace jitgate::netns {

/// How packets come: over which transport, and which version of IP.
struct Way {
  bool tcp;
  bool ipv6;
};
inline constexpr Way kTcp4{true, false};
inline constexpr Way kTcp6{true, true};
inline constexpr Way kUdp4{false, false};
inline constexpr Way kUdp6{false, true};
inline constexpr Way kWays[] = {kTcp4, kTcp6, kUdp4, kUdp6};
std::string to_string(Way way);
const std::string& address_of(const Host& host, Way way);
/// "22/tcp"
std::string port_text(Way way, int number);

/// What listens on the server: TCP and UDP 22 and 23, both families.
class Doors {
 public:
  explicit Doors(const Host& server);
  [[nodiscard]] const TcpListener& tcp(int number, bool ipv6) const;

 private:
  TcpListener tcp4_, tcp6_, other_tcp4_, other_tcp6_;
  UdpEchoServer udp4_, udp6_, other_udp4_, other_udp6_;
};

/// A connection that is established, of either transport.
class Session {
 public:
  explicit Session(TcpPair pair) : ends_(std::move(pair)) {}
  explicit Session(Socket udp) : ends_(std::move(udp)) {}
  /// What is sent comes back.
  bool alive();
  /// Nothing comes back any more: TCP was reset, UDP is refused or not answered.
  bool dead();

 private:
  std::variant<TcpPair, Socket> ends_;
};

/// A server with jitgated on it that has not been started yet, and who knocks at it.
class DaemonTest : public ::testing::Test {
 protected:
  DaemonTest();
  ~DaemonTest() override;

  /// One attempt to get in with a socket of its own; `source` is one of the host's addresses, by default its first.
  Outcome knock(const Host& from, Way way, int number = 22, const std::string& source = {});
  bool opens(const Host& from, Way way, int number = 22, const std::string& source = {});
  /// Turned away by the lock, not merely unanswered: needs denyAction reject.
  bool refused(const Host& from, Way way, int number = 22, const std::string& source = {});
  /// Throws unless it is established.
  Session connect(const Host& from, Way way, int number = 22, const std::string& source = {});
  /// Every way in to ports 22 and 23 is refused.
  ::testing::AssertionResult all_refused(const Host& from);
  /// Waits until it is turned away.
  bool closes(const Host& from, Way way, int number = 22, const std::string& source = {});

  /// `nft ARGUMENTS` by somebody else on the server.
  ExecResult nft(const std::vector<std::string>& arguments) const;
  /// The whole ruleset without counters and remaining times.
  [[nodiscard]] std::string ruleset() const;
  [[nodiscard]] bool table_stands() const;
  /// "198.51.100.10 . tcp . 22" is among the elements of the table.
  [[nodiscard]] bool has_element(const std::string& element) const;

  TestNetwork network_;
  Doors doors_{network_.server};
  Daemon daemon_{network_.server};

 private:
  std::uint16_t next_udp_port_ = 10'000;  ///< below those that the kernel picks
};

}  // namespace jitgate::netns
