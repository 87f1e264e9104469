#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "bench/network.hpp"
#include "bench/udp_burst.hpp"

namespace jitgate::bench {

/// A host in a network of its own, at the other end of a veth pair, with a UDP socket on port 22 and one on 7000.
class PacketPath {
 public:
  /// `number`: which of the client's hosts it is. `client` has a route to it afterwards, and the host one to 10.0.0.0/8
  /// back. The calling thread is in the host's network afterwards.
  PacketPath(const Network& client, int number);

  [[nodiscard]] std::uint32_t address() const { return address_; }
  [[nodiscard]] UdpEnd& at(std::uint16_t port) { return port == kLocked ? *locked_ : *other_; }
  void enter() const { network_.enter(); }

  static constexpr std::uint16_t kLocked = 22;
  static constexpr std::uint16_t kOther = 7000;

 private:
  std::uint32_t address_;
  Network network_;
  std::unique_ptr<UdpEnd> locked_;
  std::unique_ptr<UdpEnd> other_;
};

}  // namespace jitgate::bench
