#include "platform/linux/connection_seeder.hpp"

#include <linux/netfilter/nf_conntrack_tcp.h>

#include <algorithm>
#include <set>
#include <unordered_map>

namespace jitgate {
namespace {

std::vector<TransportPort> local_ports(const std::vector<Connection>& connections) {
  std::set<TransportPort> ports;
  for (const Connection& connection : connections) ports.insert({connection.transport, connection.local_port});
  return {ports.begin(), ports.end()};
}

/// The connection is being closed in an orderly way: the kernel's time-outs (2 minutes at most) end the entry, and the
/// last acknowledgements still need it.
bool is_closing(std::uint8_t tcp_state) {
  return tcp_state >= TCP_CONNTRACK_FIN_WAIT && tcp_state <= TCP_CONNTRACK_CLOSE;
}

}  // namespace

Result<std::vector<Connection>> ConnectionSeeder::list(const std::vector<TransportPort>& ports) {
  const Result<std::vector<DiagSocket>> live = sockets_.list(ports);
  if (!live) return live.error();
  const Result<void> forgotten = forget_gone(ports, *live);
  if (!forgotten) return forgotten.error();
  std::vector<Connection> connections;
  connections.reserve(live->size());
  for (const DiagSocket& socket : *live) connections.push_back(socket.connection);
  return connections;
}

Result<void> ConnectionSeeder::forget_gone(const std::vector<TransportPort>& ports,
                                           const std::vector<DiagSocket>& live) {
  if (seeds_.empty()) return {};
  std::map<FlowTuple, std::uint64_t> cookies;
  for (const DiagSocket& socket : live) cookies.emplace(inbound(socket.connection), socket.connection.cookie);
  for (auto seed = seeds_.begin(); seed != seeds_.end();) {
    const Connection& connection = seed->second.socket.connection;
    const TransportPort port{connection.transport, connection.local_port};
    const auto now = cookies.find(seed->first);
    const bool looked_at = std::find(ports.begin(), ports.end(), port) != ports.end();
    if (!looked_at || (now != cookies.end() && now->second == connection.cookie)) {
      ++seed;
      continue;
    }
    if (now == cookies.end()) {  // else: a new connection has the tuple, and the entry with it
      const Result<void> removed = remove_entry(seed->first, seed->second);
      if (!removed) return removed.error();
    }
    seed = seeds_.erase(seed);
  }
  return {};
}

Result<void> ConnectionSeeder::remove_entry(const FlowTuple& tuple, const Seed& seed) {
  // A dump of a table that changes may miss a socket; this does not.
  const Result<std::optional<DiagSocket>> socket = sockets_.find(seed.socket);
  if (!socket) return socket.error();
  if (*socket) return {};
  const Result<std::optional<TrackedFlow>> flow = table_.find(tuple);
  if (!flow) return flow.error();
  if (!*flow) return {};
  const std::uint8_t state = (*flow)->tcp_state.value_or(TCP_CONNTRACK_NONE);
  if (is_closing(state) && state != seed.tcp_state) return {};
  const Result<bool> erased = table_.erase(tuple);
  if (!erased) return erased.error();
  return {};
}

Result<bool> ConnectionSeeder::insert(const DiagSocket& socket) {
  const FlowTuple tuple = inbound(socket.connection);
  const std::uint8_t state = tracking_state(socket.state);
  const auto timeout = tuple.transport == Transport::tcp ? kSeedTimeoutTcp : kSeedTimeoutUdp;
  const Result<bool> inserted = table_.seed(tuple, state, timeout);
  if (!inserted || !*inserted) return inserted;
  // The socket may have closed since it was listed; then its last packets went by before the entry was there.
  const Result<std::optional<DiagSocket>> still = sockets_.find(socket);
  if (still && *still) {
    seeds_.insert_or_assign(tuple, Seed{socket, state});
    return true;
  }
  const Result<bool> erased = table_.erase(tuple);
  if (!still) return still.error();
  if (!erased) return erased.error();
  return false;
}

Result<std::size_t> ConnectionSeeder::seed(const std::vector<Connection>& connections) {
  const Result<std::vector<DiagSocket>> live = sockets_.list(local_ports(connections));
  if (!live) return live.error();
  std::unordered_map<std::uint64_t, const DiagSocket*> by_cookie;
  for (const DiagSocket& socket : *live) by_cookie.emplace(socket.connection.cookie, &socket);
  std::size_t count = 0;
  Result<void> outcome;
  for (const Connection& connection : connections) {
    const auto socket = by_cookie.find(connection.cookie);
    if (socket == by_cookie.end() || terminated_.contains(connection.cookie)) continue;
    const Result<bool> inserted = insert(*socket->second);
    if (!inserted && outcome) outcome = inserted.error();
    if (inserted && *inserted) ++count;
  }
  if (!outcome) return outcome.error();
  return count;
}

}  // namespace jitgate
