#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace jitgate::bench {

/// Sends bursts of small UDP packets from many source addresses, and takes what comes back or arrives. IPv4.
class UdpEnd {
 public:
  /// In the caller's network namespace, bound to `port` on every address; 0: any port.
  explicit UdpEnd(std::uint16_t port);
  ~UdpEnd();
  UdpEnd(const UdpEnd&) = delete;
  UdpEnd& operator=(const UdpEnd&) = delete;

  /// One packet to `address`:`port` from each of `sources` (host byte order; at most kBurst). The receiving host's
  /// share of the work is done when this returns: over a veth pair it runs in the sender's context.
  void send(std::uint32_t address, std::uint16_t port, const std::vector<std::uint32_t>& sources);
  /// Reads and counts what has arrived.
  std::size_t drain();
  /// Answers every packet that has arrived.
  void echo();

  static constexpr std::size_t kBurst = 64;

 private:
  int fd_;
};

}  // namespace jitgate::bench
