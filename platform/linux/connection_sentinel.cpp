#include "platform/linux/connection_sentinel.hpp"

#include <array>

namespace jitgate {
namespace {

/// It wakes the daemon once in this time, to be planted again.
constexpr std::chrono::hours kSentinelTimeout{24};
constexpr std::uint16_t kDiscardPort = 9;  // RFC 863: nobody's traffic

FlowTuple sentinel() {
  static constexpr std::array<std::uint8_t, 4> kFrom{192, 0, 2, 1};
  static constexpr std::array<std::uint8_t, 4> kTo{192, 0, 2, 2};
  return {Transport::udp, AddressPrefix::of(kFrom, 32), kDiscardPort, AddressPrefix::of(kTo, 32), kDiscardPort};
}

}  // namespace

TransportPort sentinel_port() {
  return {Transport::udp, *PortNumber::from(kDiscardPort)};
}

void plant_sentinel(ConntrackTable& table) {
  static_cast<void>(table.seed(sentinel(), /*tcp_state=*/0, kSentinelTimeout));
}

void remove_sentinel(ConntrackTable& table) {
  static_cast<void>(table.erase(sentinel()));
}

}  // namespace jitgate
