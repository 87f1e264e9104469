#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "agent/model/result.hpp"
#include "platform/socket_inventory.hpp"

namespace jitgate {

/// As sock_diag(7) reports it. The inode is what /proc/PID/fd calls it; 0 for a socket of the kernel's own.
struct BoundSocket {
  ListeningSocket socket;
  std::uint32_t inode;
};

/// Reads one SOCK_DIAG_BY_FAMILY answer. nullopt: it has no port, or a peer. An answer that is too short or of an
/// unknown family is an error.
[[nodiscard]] Result<std::optional<BoundSocket>> parse_listening_socket(const nlmsghdr& message, Transport transport);

/// TCP sockets in LISTEN and UDP sockets that are bound and not connected, of both families.
[[nodiscard]] Result<std::vector<BoundSocket>> list_listening_sockets();

}  // namespace jitgate
