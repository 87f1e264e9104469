#pragma once

#include <functional>
#include <map>
#include <vector>

#include "agent/model/result.hpp"
#include "platform/linux/connection_flow.hpp"
#include "platform/linux/connection_local_route.hpp"
#include "platform/linux/connection_terminated.hpp"
#include "platform/linux/conntrack_table.hpp"
#include "platform/linux/sock_diag.hpp"

namespace jitgate {

/// One pass that ends connections: sockets first, so that nothing seeds or re-creates their entries, then the entries.
/// Used once. After an error it goes on with the rest and reports the first.
class ConnectionTerminator {
 public:
  using Which = std::function<bool(const Connection&)>;

  /// All must outlive this object.
  ConnectionTerminator(SockDiag& sockets, ConntrackTable& table, LocalRoute& routes, TerminatedSockets& terminated,
                       const std::vector<TransportPort>& ports, const Which& which)
      : sockets_(sockets), table_(table), routes_(routes), terminated_(terminated), ports_(ports), which_(which) {}

  /// How many connections were ended.
  [[nodiscard]] Result<std::size_t> run();

 private:
  void judge(const DiagSocket& socket);
  void judge(const TrackedFlow& flow);
  bool redirected_from_elsewhere(const DiagSocket& socket);
  std::optional<FlowTuple> inbound_of(const TrackedFlow& flow);
  bool is_local(const AddressPrefix& address);
  bool is_on_ports(const FlowTuple& tuple) const;
  void end_redirected_socket(const TrackedFlow& flow);
  void end(const DiagSocket& socket);
  void erase(const FlowTuple& tuple, std::uint16_t zone);
  template <class T>
  bool succeeded(const Result<T>& result);

  SockDiag& sockets_;
  ConntrackTable& table_;
  LocalRoute& routes_;
  TerminatedSockets& terminated_;
  const std::vector<TransportPort>& ports_;
  const Which& which_;
  std::map<FlowTuple, bool> judged_;  ///< inbound tuple -> was to be ended
  std::map<AddressPrefix, bool> local_;
  std::size_t ended_ = 0;
  Result<void> outcome_;
};

}  // namespace jitgate
