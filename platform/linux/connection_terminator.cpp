#include "platform/linux/connection_terminator.hpp"

#include <algorithm>

namespace jitgate {

template <class T>
bool ConnectionTerminator::succeeded(const Result<T>& result) {
  if (!result && outcome_) outcome_ = result.error();
  return result.has_value();
}

Result<std::size_t> ConnectionTerminator::run() {
  // Both are read before anything is ended: the reset of an ended connection changes its entry.
  const Result<std::vector<DiagSocket>> sockets = sockets_.list(ports_);
  const Result<std::vector<TrackedFlow>> flows = table_.flows_to(ports_);
  if (succeeded(sockets)) {
    for (const DiagSocket& socket : *sockets) judge(socket);
  }
  if (succeeded(flows)) {
    for (const TrackedFlow& flow : *flows) judge(flow);
  }
  if (!outcome_) return outcome_.error();
  return ended_;
}

void ConnectionTerminator::judge(const DiagSocket& socket) {
  if (redirected_from_elsewhere(socket)) return;
  const FlowTuple tuple = inbound(socket.connection);
  const bool chosen = which_(socket.connection);
  judged_[tuple] = chosen;
  if (!chosen) return;
  end(socket);
  erase(tuple, 0);
  ++ended_;
}

/// A connection counts for the port its peer connected to, which is not the socket's where the host redirects.
bool ConnectionTerminator::redirected_from_elsewhere(const DiagSocket& socket) {
  const FlowTuple tuple = inbound(socket.connection);
  const Result<std::optional<TrackedFlow>> flow = table_.find(reversed(tuple));
  if (!succeeded(flow) || !*flow) return false;
  const FlowTuple& original = (*flow)->original;
  return original != tuple && original != reversed(tuple) && !is_on_ports(original);
}

void ConnectionTerminator::judge(const TrackedFlow& flow) {
  const std::optional<FlowTuple> tuple = inbound_of(flow);
  if (!tuple) return;
  if (const auto known = judged_.find(*tuple); known != judged_.end()) {
    if (known->second) erase(flow.original, flow.zone);
    return;
  }
  const Result<PortNumber> port = PortNumber::from(tuple->destination_port);
  if (!port) return;
  const bool chosen =
      which_({tuple->transport, tuple->destination, *port, tuple->source, tuple->source_port, /*cookie=*/0});
  judged_[*tuple] = chosen;
  if (!chosen) return;
  if (flow.reply != reversed(flow.original)) end_redirected_socket(flow);
  erase(flow.original, flow.zone);
  ++ended_;
}

/// The direction that comes in to one of our ports here; nullopt for flows of this host to somebody else's port, and
/// for flows that are routed through.
std::optional<FlowTuple> ConnectionTerminator::inbound_of(const TrackedFlow& flow) {
  if (is_on_ports(flow.original) && is_local(flow.original.destination)) return flow.original;
  // Tracking began with a packet of ours: a server that spoke first when it was switched on.
  const bool plain = flow.reply == reversed(flow.original);
  if (plain && is_on_ports(flow.reply) && is_local(flow.reply.destination)) return flow.reply;
  return std::nullopt;
}

bool ConnectionTerminator::is_on_ports(const FlowTuple& tuple) const {
  return std::any_of(ports_.begin(), ports_.end(), [&](const TransportPort& port) {
    return port.transport == tuple.transport && port.number.value() == tuple.destination_port;
  });
}

bool ConnectionTerminator::is_local(const AddressPrefix& address) {
  if (const auto known = local_.find(address); known != local_.end()) return known->second;
  const Result<bool> local = routes_.is_local(address);
  return local_[address] = succeeded(local) && *local;
}

void ConnectionTerminator::end_redirected_socket(const TrackedFlow& flow) {
  const Result<PortNumber> port = PortNumber::from(flow.reply.source_port);
  if (!port) return;
  const Result<std::vector<DiagSocket>> sockets = sockets_.list({{flow.reply.transport, *port}});
  if (!succeeded(sockets)) return;
  for (const DiagSocket& socket : *sockets) {
    if (inbound(socket.connection) == reversed(flow.reply)) end(socket);
  }
}

void ConnectionTerminator::end(const DiagSocket& socket) {
  // First, so that it is not seeded again whatever happens to it.
  terminated_.add(socket.connection.cookie);
  static_cast<void>(succeeded(sockets_.destroy(socket)));
}

void ConnectionTerminator::erase(const FlowTuple& tuple, std::uint16_t zone) {
  static_cast<void>(succeeded(table_.erase(tuple, zone)));
}

}  // namespace jitgate
