#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "agent/model/result.hpp"
#include "platform/linux/connection_netlink.hpp"
#include "platform/linux/sock_diag_message.hpp"

namespace jitgate {

/// The TCP and UDP sockets of the network namespace in which it was opened (sock_diag(7)). Not thread-safe.
class SockDiag {
 public:
  /// Needs nothing; destroy() needs CAP_NET_ADMIN.
  [[nodiscard]] static Result<SockDiag> open();

  /// TCP sockets that are established, half-closed (FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT) or in SYN_RECV, and connected UDP
  /// sockets, of both families, whose local port is one of these. Transports other than TCP and UDP are skipped.
  [[nodiscard]] Result<std::vector<DiagSocket>> list(const std::vector<TransportPort>& ports);

  /// How many TCP sockets are in one of these states, on any port.
  [[nodiscard]] Result<std::uint64_t> count_tcp();

  /// The same socket as it is now; nullopt when it is gone (or closed beyond a state that list() names).
  [[nodiscard]] Result<std::optional<DiagSocket>> find(const DiagSocket& socket);

  /// Ends exactly this socket: its owner gets ECONNABORTED, a TCP peer a reset. False when it was gone already.
  [[nodiscard]] Result<bool> destroy(const DiagSocket& socket);

 private:
  explicit SockDiag(NetlinkChannel channel) : channel_(std::move(channel)) {}
  using OnSocket = std::function<void(const DiagSocket&)>;
  Result<void> dump(Transport transport, std::uint8_t family, std::span<const PortNumber> ports,
                    const OnSocket& on_socket);

  NetlinkChannel channel_;
};

}  // namespace jitgate
