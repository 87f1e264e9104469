#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "agent/model/clock.hpp"
#include "agent/model/ruleset.hpp"
#include "platform/linux/nft_backend.hpp"
#include "tests/netns/harness.hpp"
#include "tests/netns/probe.hpp"

namespace jitgate::netns {

/// The kernel's own boot clock: what counts here is what the kernel does at that time.
class KernelClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall_now() const override;
  [[nodiscard]] BootTime boot_now() const override;
  [[nodiscard]] bool synchronized() const override { return true; }
  [[nodiscard]] const std::string& boot_id() const override { return boot_id_; }

 private:
  std::string boot_id_ = "test";
};

TransportPort port(Transport transport, int number);
AllowKey key(const std::string& source, Transport transport, int number);

/// Throws what describe() says of the error.
void require(const Result<void>& result);

/// A server that is locked by a backend, and who knocks at it. Port 22 is TCP, 53 UDP.
class NftTest : public ::testing::Test {
 protected:
  /// A backend in the server's namespace.
  std::unique_ptr<NftBackend> make_backend(bool own_table = true, int adopted_owner_socket = -1);
  /// TCP 22 and UDP 53.
  static Lock lock();
  AllowEntry entry(const std::string& source, Transport transport, int number,
                   Duration lasts = std::chrono::hours(1)) const;
  /// Commits a new table; the test fails when the kernel refuses.
  void replace(const Lock& lock, std::vector<AllowEntry> entries = {});
  void put(std::vector<AllowEntry> entries);
  void close(std::vector<AllowKey> keys);

  /// Connects to TCP 22 of the server from this source; its family decides which of the server's addresses is meant.
  Outcome knock(const Host& from, const std::string& source, std::chrono::milliseconds patience, int number = 22);
  Outcome knock_udp(const Host& from, const std::string& source, std::chrono::milliseconds patience, int number = 53);
  [[nodiscard]] const std::string& server_address(const std::string& source) const;

  KernelClock clock_;
  TestNetwork network_;
  boost::asio::io_context io_;
  std::unique_ptr<NftBackend> backend_ = make_backend();
};

/// Listeners on the server, both families: TCP 22 and 23, UDP 53 and 54.
struct Services {
  explicit Services(const Host& server);
  TcpListener tcp4;
  TcpListener tcp6;
  TcpListener other_tcp4;
  TcpListener other_tcp6;
  UdpEchoServer udp4;
  UdpEchoServer udp6;
  UdpEchoServer other_udp4;
  UdpEchoServer other_udp6;
};

}  // namespace jitgate::netns
