#include "platform/linux/conntrack_table.hpp"

#include <linux/netfilter/nfnetlink_conntrack.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <set>
#include <utility>

namespace jitgate {
namespace {

/// One pass over the table for each filter; with several ports of a transport one wide pass is cheaper.
struct DumpFilter {
  Transport transport;
  FlowDirection direction;
  std::optional<PortNumber> port;
};

std::vector<DumpFilter> filters_for(const std::vector<TransportPort>& ports) {
  std::map<Transport, std::set<PortNumber>> by_transport;
  for (const TransportPort& port : ports) by_transport[port.transport].insert(port.number);
  std::vector<DumpFilter> filters;
  for (const auto& [transport, numbers] : by_transport) {
    if (numbers.size() > 1) {
      filters.push_back({transport, FlowDirection::original, std::nullopt});
      continue;
    }
    filters.push_back({transport, FlowDirection::original, *numbers.begin()});
    filters.push_back({transport, FlowDirection::reply, *numbers.begin()});
  }
  return filters;
}

bool goes_to(const FlowTuple& tuple, const std::vector<TransportPort>& ports) {
  return std::any_of(ports.begin(), ports.end(), [&](const TransportPort& port) {
    return port.transport == tuple.transport && port.number.value() == tuple.destination_port;
  });
}

std::string target_of(const FlowTuple& tuple) {
  return std::string(to_string(tuple.transport)) + " " + tuple.source.to_string() + " port " +
         std::to_string(tuple.source_port);
}

}  // namespace

Result<ConntrackTable> ConntrackTable::open() {
  Result<NetlinkChannel> channel = NetlinkChannel::open(NETLINK_NETFILTER);
  if (!channel) return channel.error();
  return ConntrackTable(std::move(*channel));
}

Result<bool> ConntrackTable::seed(const FlowTuple& original, std::uint8_t tcp_state, std::chrono::seconds timeout) {
  NetlinkRequest insert = seed_message(original, tcp_state, timeout);
  const Result<int> inserted = channel_.exchange(insert);
  if (!inserted) return inserted.error();
  if (*inserted == 0) return true;
  if (*inserted != EEXIST) return kernel_error("cannot seed connection tracking", *inserted, target_of(original));
  // Known already: from a packet of ours (then the peer's are answers), or from one of the peer's that had no answer
  // yet (then the lock would take the next one for new).
  NetlinkRequest confirm = confirm_message(original);
  const Result<int> confirmed = channel_.exchange(confirm);
  if (!confirmed) return confirmed.error();
  // ENOENT: it ended meanwhile, which is an event of its own. EBUSY: an expected connection, tracked with its master.
  if (*confirmed != 0 && *confirmed != ENOENT && *confirmed != EBUSY) {
    return kernel_error("cannot confirm a tracked connection", *confirmed, target_of(original));
  }
  return false;
}

Result<std::optional<TrackedFlow>> ConntrackTable::find(const FlowTuple& tuple, std::uint16_t zone) {
  NetlinkRequest message = entry_message(IPCTNL_MSG_CT_GET, tuple, zone);
  std::optional<TrackedFlow> found;
  const Result<int> answer = channel_.exchange(message, [&](const nlmsghdr& reply) -> Result<void> {
    Result<std::optional<TrackedFlow>> flow = parse_tracked_flow(reply);
    if (!flow) return flow.error();
    found = std::move(*flow);
    return {};
  });
  if (!answer) return answer.error();
  if (*answer == ENOENT) return std::optional<TrackedFlow>();
  if (*answer != 0) return kernel_error("cannot look a tracked connection up", *answer, target_of(tuple));
  return found;
}

Result<bool> ConntrackTable::erase(const FlowTuple& tuple, std::uint16_t zone) {
  NetlinkRequest message = entry_message(IPCTNL_MSG_CT_DELETE, tuple, zone);
  const Result<int> answer = channel_.exchange(message);
  if (!answer) return answer.error();
  if (*answer == ENOENT) return false;
  if (*answer != 0) return kernel_error("cannot remove a tracked connection", *answer, target_of(tuple));
  return true;
}

Result<std::vector<TrackedFlow>> ConntrackTable::flows_to(const std::vector<TransportPort>& ports) {
  std::vector<TrackedFlow> flows;
  const auto collect = [&](const nlmsghdr& reply) -> Result<void> {
    Result<std::optional<TrackedFlow>> flow = parse_tracked_flow(reply);
    if (!flow) return flow.error();
    if (*flow && (goes_to((*flow)->original, ports) || goes_to((*flow)->reply, ports))) flows.push_back(**flow);
    return {};
  };
  for (const DumpFilter& filter : filters_for(ports)) {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      NetlinkRequest message = dump_message(family, filter.transport, filter.direction, filter.port);
      const Result<int> answer = channel_.exchange(message, collect);
      if (!answer) return answer.error();
      if (*answer != 0) return kernel_error("cannot read the connection tracking table", *answer);
    }
  }
  return flows;
}

Result<TrackingCounters> ConntrackTable::counters() {
  NetlinkRequest message = counters_message();
  TrackingCounters counters;
  const Result<int> answer = channel_.exchange(message, [&](const nlmsghdr& reply) -> Result<void> {
    const Result<TrackingCounters> parsed = parse_counters(reply);
    if (!parsed) return parsed.error();
    counters = *parsed;
    return {};
  });
  if (!answer) return answer.error();
  if (*answer != 0) return kernel_error("cannot count tracked connections", *answer);
  return counters;
}

}  // namespace jitgate
