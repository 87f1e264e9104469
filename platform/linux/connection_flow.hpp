#pragma once

#include <compare>
#include <cstdint>

#include "agent/model/address_prefix.hpp"
#include "agent/model/port.hpp"
#include "platform/connection_tracker.hpp"

namespace jitgate {

/// One direction of a flow, as its packets have it. Addresses are hosts of one family.
struct FlowTuple {
  Transport transport;
  AddressPrefix source;
  std::uint16_t source_port;
  AddressPrefix destination;
  std::uint16_t destination_port;
  friend auto operator<=>(const FlowTuple&, const FlowTuple&) = default;
};

/// The direction that comes in from the peer.
inline FlowTuple inbound(const Connection& c) {
  return {c.transport, c.remote, c.remote_port, c.local, c.local_port.value()};
}

inline FlowTuple reversed(const FlowTuple& t) {
  return {t.transport, t.destination, t.destination_port, t.source, t.source_port};
}

}  // namespace jitgate
