#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "agent/model/result.hpp"
#include "platform/linux/connection_flow.hpp"
#include "platform/linux/connection_terminated.hpp"
#include "platform/linux/conntrack_table.hpp"
#include "platform/linux/sock_diag.hpp"

namespace jitgate {

/// Makes connection tracking know sockets, and forget the entries it made once their sockets are gone: an entry without
/// a socket would let a stranger's packets pass as established. Not thread-safe.
class ConnectionSeeder {
 public:
  /// All three must outlive this object.
  ConnectionSeeder(SockDiag& sockets, ConntrackTable& table, const TerminatedSockets& terminated)
      : sockets_(sockets), table_(table), terminated_(terminated) {}

  /// The live sockets on these ports. Entries that were seeded for sockets which are gone are removed on the way.
  [[nodiscard]] Result<std::vector<Connection>> list(const std::vector<TransportPort>& ports);

  /// Seeds those that still have their socket and were not terminated. Goes on after an error and returns the first.
  [[nodiscard]] Result<std::size_t> seed(const std::vector<Connection>& connections);

 private:
  struct Seed {
    DiagSocket socket;
    std::uint8_t tcp_state;  ///< TCP_CONNTRACK_* that it was inserted with
  };
  using Seeds = std::map<FlowTuple, Seed>;

  Result<void> forget_gone(const std::vector<TransportPort>& ports, const std::vector<DiagSocket>& live);
  Result<void> remove_entry(const FlowTuple& tuple, const Seed& seed);
  Result<bool> insert(const DiagSocket& socket);

  SockDiag& sockets_;
  ConntrackTable& table_;
  const TerminatedSockets& terminated_;
  Seeds seeds_;
};

}  // namespace jitgate
