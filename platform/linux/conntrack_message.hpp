#pragma once

#include <linux/netlink.h>

#include <chrono>
#include <cstdint>
#include <optional>

#include "agent/model/address_prefix.hpp"
#include "agent/model/result.hpp"
#include "platform/linux/connection_flow.hpp"
#include "platform/linux/connection_netlink.hpp"

namespace jitgate {

/// An entry of the connection tracking table (ctnetlink, nfnetlink_conntrack.h), as far as it matters here.
struct TrackedFlow {
  FlowTuple original;        ///< the direction of the first packet
  FlowTuple reply;           ///< what answers look like; not the reverse of `original` where addresses are translated
  std::uint32_t status = 0;  ///< IPS_* bits (nf_conntrack_common.h)
  std::optional<std::uint8_t> tcp_state;  ///< TCP_CONNTRACK_* (nf_conntrack_tcp.h)
  std::uint16_t zone = 0;
};

struct TrackingCounters {
  std::uint64_t entries = 0;
  std::uint64_t maximum = 0;
};

/// A seeded entry lives this long unless traffic confirms it; from then on the kernel's own time-outs apply.
inline constexpr std::chrono::seconds kSeedTimeoutTcp{300};
inline constexpr std::chrono::seconds kSeedTimeoutUdp{120};

/// The tracking state that a socket in this state (TCP_ESTABLISHED, ..., netinet/tcp.h) has led to.
[[nodiscard]] std::uint8_t tracking_state(std::uint8_t socket_state);

/// Inserts a flow whose peer has already been answered, so that it counts as established; EEXIST when it is known.
/// `tcp_state`: TCP_CONNTRACK_*; ignored for other transports.
[[nodiscard]] NetlinkRequest seed_message(const FlowTuple& original, std::uint8_t tcp_state,
                                          std::chrono::seconds timeout);

/// Marks a known entry as answered and assured; its other properties stay.
[[nodiscard]] NetlinkRequest confirm_message(const FlowTuple& either_direction);

/// IPCTNL_MSG_CT_GET or IPCTNL_MSG_CT_DELETE for the one entry that has this tuple in either direction.
[[nodiscard]] NetlinkRequest entry_message(std::uint8_t operation, const FlowTuple& either_direction,
                                           std::uint16_t zone);

/// Which direction of an entry a dump is filtered by.
enum class FlowDirection : std::uint8_t { original, reply };

/// Dumps the entries of this family and transport; with `port`, those whose destination port in that direction it is.
/// Kernels before 5.8 ignore all but the family, so the reader filters again.
[[nodiscard]] NetlinkRequest dump_message(Family family, Transport transport, FlowDirection direction,
                                          std::optional<PortNumber> port);

/// IPCTNL_MSG_CT_GET_STATS.
[[nodiscard]] NetlinkRequest counters_message();

/// Reads a table entry or an event. nullopt: a flow without ports (ICMP, GRE, ...). Anything cut short, or of a size
/// that does not fit, is an error.
[[nodiscard]] Result<std::optional<TrackedFlow>> parse_tracked_flow(const nlmsghdr& message);

[[nodiscard]] Result<TrackingCounters> parse_counters(const nlmsghdr& message);

}  // namespace jitgate
