#pragma once

#include <linux/inet_diag.h>
#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "agent/model/result.hpp"
#include "platform/connection_tracker.hpp"

namespace jitgate {

/// A connected socket as sock_diag(7) reports it.
struct DiagSocket {
  Connection connection;
  std::uint8_t state;   ///< TCP_ESTABLISHED, ... (netinet/tcp.h); a connected UDP socket is TCP_ESTABLISHED
  std::uint8_t family;  ///< AF_INET or AF_INET6: what the kernel finds the socket under; AF_INET for IPv4-mapped ones
  inet_diag_sockid id;  ///< in the terms of `family`
};

/// One SOCK_DIAG_BY_FAMILY answer. One that is too short, or not of IPv4 or IPv6, is an error.
[[nodiscard]] Result<inet_diag_msg> parse_socket_report(const nlmsghdr& message);

/// The address in `words` (idiag_src or idiag_dst) of a socket of `family`, AF_INET or AF_INET6; an IPv4-mapped one is
/// IPv4.
[[nodiscard]] AddressPrefix host_of(const __be32 (&words)[4], std::uint8_t family);

/// Reads one SOCK_DIAG_BY_FAMILY answer. nullopt: a socket without a peer. An answer that is too short, or of a family
/// that was not asked for, is an error.
[[nodiscard]] Result<std::optional<DiagSocket>> parse_diag_socket(const nlmsghdr& message, Transport transport);

/// The kernel evaluates this for each socket of a dump: true for these local ports (INET_DIAG_REQ_BYTECODE,
/// inet_diag.c). Empty when there are too many ports for one filter; then the reader has to choose.
[[nodiscard]] std::vector<std::byte> local_port_bytecode(std::span<const PortNumber> ports);

}  // namespace jitgate
