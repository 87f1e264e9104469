#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "agent/model/address_prefix.hpp"
#include "agent/model/port.hpp"
#include "agent/model/result.hpp"
#include "agent/model/ruleset.hpp"

namespace jitgate {

/// An established connection to this host, as its local socket has it. Addresses are hosts; IPv4-mapped ones are IPv4.
struct Connection {
  Transport transport;
  AddressPrefix local;
  PortNumber local_port;
  AddressPrefix remote;
  std::uint16_t remote_port;
  std::uint64_t
      cookie;  ///< identifies the socket for its whole life (sock_diag(7)); 0: no socket (a tracked flow only)
};

/// The ports of these keys, each once, sorted.
[[nodiscard]] inline std::vector<TransportPort> ports_of(const std::vector<AllowKey>& keys) {
  std::vector<TransportPort> ports;
  for (const AllowKey& key : keys) ports.push_back(key.port);
  std::ranges::sort(ports);
  ports.erase(std::unique(ports.begin(), ports.end()), ports.end());
  return ports;
}

struct TrackerLoad {
  std::uint64_t tracked;      ///< entries in the connection tracking table
  std::uint64_t established;  ///< TCP sockets on this host that tracking would have to hold
  std::uint64_t maximum;      ///< nf_conntrack_max
};

/// Connection tracking and sockets of this network namespace. One thread calls it; callbacks come on that thread.
class ConnectionTracker {
 public:
  virtual ~ConnectionTracker() = default;

  /// Established (and half-closed) TCP and connected UDP sockets on these local ports.
  [[nodiscard]] virtual Result<std::vector<Connection>> list(const std::vector<TransportPort>& ports) = 0;

  /// Makes tracking know these connections as established, so that the lock lets them pass. One that is known already
  /// is success. A seeded entry has a short time-out until traffic confirms it. Returns how many entries were inserted.
  [[nodiscard]] virtual Result<std::size_t> seed(const std::vector<Connection>& connections) = 0;

  /// Ends every connection for which `which` says yes, among tracked flows and sockets on the ports of `of`: first the
  /// socket (the peer gets a reset), then the entry, so that nothing seeds it again. Returns how many were ended.
  ///
  /// The sources of `of` are those whose connections may be meant. Where the system does not list the remote ends of a
  /// transport (UDP on Windows), all that comes from one of them is one connection, whose remote is that prefix.
  [[nodiscard]] virtual Result<std::size_t> terminate(const std::vector<AllowKey>& of,
                                                      const std::function<bool(const Connection&)>& which) = 0;

  /// `on_lost` is called when a tracked connection to one of `ports` has lost its entry (flushed, timed out, closed),
  /// once per burst, at most 5 s after the first; also when events were lost.
  virtual void watch(std::vector<TransportPort> ports, std::function<void()> on_lost) = 0;

  [[nodiscard]] virtual Result<TrackerLoad> load() = 0;
};

}  // namespace jitgate
