#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "agent/model/result.hpp"
#include "platform/linux/connection_netlink.hpp"
#include "platform/linux/conntrack_message.hpp"

namespace jitgate {

/// The connection tracking table of the network namespace in which it was opened. Needs CAP_NET_ADMIN. Not thread-safe.
class ConntrackTable {
 public:
  [[nodiscard]] static Result<ConntrackTable> open();

  /// Makes the flow known as established; true when an entry was inserted. One that is there already stays as it is,
  /// but counts as answered from now on.
  [[nodiscard]] Result<bool> seed(const FlowTuple& original, std::uint8_t tcp_state, std::chrono::seconds timeout);

  /// The entry that has this tuple in either direction.
  [[nodiscard]] Result<std::optional<TrackedFlow>> find(const FlowTuple& tuple, std::uint16_t zone = 0);

  /// Removes the entry that has this tuple in either direction; false when there was none.
  [[nodiscard]] Result<bool> erase(const FlowTuple& tuple, std::uint16_t zone = 0);

  /// Every entry one of whose directions goes to one of these ports (of any address).
  [[nodiscard]] Result<std::vector<TrackedFlow>> flows_to(const std::vector<TransportPort>& ports);

  [[nodiscard]] Result<TrackingCounters> counters();

  [[nodiscard]] std::uint32_t port_id() const { return channel_.port_id(); }

 private:
  explicit ConntrackTable(NetlinkChannel channel) : channel_(std::move(channel)) {}

  NetlinkChannel channel_;
};

}  // namespace jitgate
