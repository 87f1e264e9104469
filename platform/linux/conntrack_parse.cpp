#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <sys/socket.h>

#include <cstring>
#include <span>
#include <vector>

#include "platform/linux/conntrack_message.hpp"
#include "platform/linux/netlink_message.hpp"

namespace jitgate {
namespace {

Error malformed() {
  return error(errc::system_failed, "the kernel's connection tracking report is malformed");
}

using Attributes = std::vector<NetlinkAttribute>;

std::optional<Attributes> parse_nested(const Attributes& level, std::uint16_t type) {
  const NetlinkAttribute* nest = find(level, type);
  return nest == nullptr ? std::nullopt : parse_attributes(nest->payload);
}

/// As it lies in the message: network order where it is wider than a byte.
template <class Number>
std::optional<Number> number(const Attributes& level, std::uint16_t type) {
  const NetlinkAttribute* attribute = find(level, type);
  if (attribute == nullptr || attribute->payload.size() != sizeof(Number)) return std::nullopt;
  Number value;
  std::memcpy(&value, attribute->payload.data(), sizeof(value));
  return value;
}

std::optional<AddressPrefix> address(const Attributes& level, std::uint16_t type, std::size_t size) {
  const NetlinkAttribute* attribute = find(level, type);
  if (attribute == nullptr || attribute->payload.size() != size) return std::nullopt;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(attribute->payload.data());
  return AddressPrefix::of(std::span(bytes, size), static_cast<unsigned>(8 * size));
}

std::optional<Transport> transport_of(std::uint8_t protocol) {
  for (const Transport transport :
       {Transport::tcp, Transport::udp, Transport::dccp, Transport::sctp, Transport::udplite}) {
    if (static_cast<std::uint8_t>(transport) == protocol) return transport;
  }
  return std::nullopt;
}

/// nullopt: a protocol without ports.
Result<std::optional<FlowTuple>> parse_tuple(const Attributes& flow, std::uint16_t direction, std::uint8_t family) {
  const std::optional<Attributes> tuple = parse_nested(flow, direction);
  const std::optional<Attributes> protocol = tuple ? parse_nested(*tuple, CTA_TUPLE_PROTO) : std::nullopt;
  const auto protocol_number = protocol ? number<std::uint8_t>(*protocol, CTA_PROTO_NUM) : std::nullopt;
  if (!protocol_number) return malformed();
  const std::optional<Transport> transport = transport_of(*protocol_number);
  if (!transport) return std::optional<FlowTuple>();
  const std::optional<Attributes> ip = parse_nested(*tuple, CTA_TUPLE_IP);
  if (!ip) return malformed();
  const bool v4 = family == AF_INET;
  const auto source = address(*ip, v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, v4 ? 4 : 16);
  const auto destination = address(*ip, v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, v4 ? 4 : 16);
  const auto source_port = number<std::uint16_t>(*protocol, CTA_PROTO_SRC_PORT);
  const auto destination_port = number<std::uint16_t>(*protocol, CTA_PROTO_DST_PORT);
  if (!source || !destination || !source_port || !destination_port) return malformed();
  return std::optional<FlowTuple>(
      FlowTuple{*transport, *source, ntohs(*source_port), *destination, ntohs(*destination_port)});
}

/// nullopt where there is none: other transports, and DESTROY events of older kernels.
Result<std::optional<std::uint8_t>> parse_tcp_state(const Attributes& flow) {
  if (find(flow, CTA_PROTOINFO) == nullptr) return std::optional<std::uint8_t>();
  const std::optional<Attributes> info = parse_nested(flow, CTA_PROTOINFO);
  if (!info) return malformed();
  if (find(*info, CTA_PROTOINFO_TCP) == nullptr) return std::optional<std::uint8_t>();
  const std::optional<Attributes> tcp = parse_nested(*info, CTA_PROTOINFO_TCP);
  if (!tcp) return malformed();
  return number<std::uint8_t>(*tcp, CTA_PROTOINFO_TCP_STATE);
}

/// The attributes behind the nfgenmsg. The message's length has been checked against its datagram.
std::optional<Attributes> attributes_of(const nlmsghdr& message) {
  const std::span whole(reinterpret_cast<const std::byte*>(&message), message.nlmsg_len);
  if (whole.size() < NLMSG_LENGTH(sizeof(nfgenmsg))) return std::nullopt;
  return parse_attributes(whole.subspan(NLMSG_LENGTH(sizeof(nfgenmsg))));
}

}  // namespace

Result<std::optional<TrackedFlow>> parse_tracked_flow(const nlmsghdr& message) {
  const std::optional<Attributes> flow = attributes_of(message);
  if (!flow) return malformed();
  nfgenmsg header;
  std::memcpy(&header, NLMSG_DATA(&message), sizeof(header));
  const std::uint8_t family = header.nfgen_family;
  if (family != AF_INET && family != AF_INET6) return std::optional<TrackedFlow>();
  const Result<std::optional<FlowTuple>> original = parse_tuple(*flow, CTA_TUPLE_ORIG, family);
  if (!original) return original.error();
  const Result<std::optional<FlowTuple>> reply = parse_tuple(*flow, CTA_TUPLE_REPLY, family);
  if (!reply) return reply.error();
  if (!*original || !*reply) return std::optional<TrackedFlow>();
  const Result<std::optional<std::uint8_t>> tcp_state = parse_tcp_state(*flow);
  if (!tcp_state) return tcp_state.error();
  const std::uint32_t status = number<std::uint32_t>(*flow, CTA_STATUS).value_or(0);
  const std::uint16_t zone = number<std::uint16_t>(*flow, CTA_ZONE).value_or(0);
  return std::optional<TrackedFlow>(TrackedFlow{**original, **reply, ntohl(status), *tcp_state, ntohs(zone)});
}

Result<TrackingCounters> parse_counters(const nlmsghdr& message) {
  const std::optional<Attributes> counters = attributes_of(message);
  const auto entries = counters ? number<std::uint32_t>(*counters, CTA_STATS_GLOBAL_ENTRIES) : std::nullopt;
  const auto maximum = counters ? number<std::uint32_t>(*counters, CTA_STATS_GLOBAL_MAX_ENTRIES) : std::nullopt;
  if (!entries || !maximum) return malformed();
  return TrackingCounters{ntohl(*entries), ntohl(*maximum)};
}

}  // namespace jitgate
