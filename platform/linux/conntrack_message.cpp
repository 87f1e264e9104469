#include "platform/linux/conntrack_message.hpp"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace jitgate {
namespace {

// CTA_FILTER_FLAG() of nf_internals.h: which parts of the tuple are compared.
constexpr std::uint32_t kFilterProtocol = 1U << 3;
constexpr std::uint32_t kFilterDestinationPort = 1U << 5;

// IPS_CONFIRMED has to be there: the kernel sets it before it compares, and calls a difference EBUSY.
constexpr std::uint32_t kAnswered = IPS_CONFIRMED | IPS_SEEN_REPLY;
constexpr std::uint32_t kAssured = kAnswered | IPS_ASSURED;

NetlinkRequest conntrack_message(std::uint8_t operation, std::uint16_t flags, std::uint8_t family) {
  NetlinkRequest message(static_cast<std::uint16_t>(NFNL_SUBSYS_CTNETLINK << 8 | operation), flags);
  auto& fixed = message.header<nfgenmsg>();
  fixed.nfgen_family = family;
  fixed.version = NFNETLINK_V0;
  return message;
}

std::uint8_t family_number(Family family) {
  return family == Family::ipv4 ? AF_INET : AF_INET6;
}

void put_tuple(nlmsghdr* message, std::uint16_t attribute, const FlowTuple& tuple) {
  const bool v4 = tuple.source.family() == Family::ipv4;
  nlattr* nest = mnl_attr_nest_start(message, attribute);
  nlattr* addresses = mnl_attr_nest_start(message, CTA_TUPLE_IP);
  mnl_attr_put(message, v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, tuple.source.bytes().size(), tuple.source.bytes().data());
  mnl_attr_put(message, v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, tuple.destination.bytes().size(),
               tuple.destination.bytes().data());
  mnl_attr_nest_end(message, addresses);
  nlattr* protocol = mnl_attr_nest_start(message, CTA_TUPLE_PROTO);
  mnl_attr_put_u8(message, CTA_PROTO_NUM, static_cast<std::uint8_t>(tuple.transport));
  mnl_attr_put_u16(message, CTA_PROTO_SRC_PORT, htons(tuple.source_port));
  mnl_attr_put_u16(message, CTA_PROTO_DST_PORT, htons(tuple.destination_port));
  mnl_attr_nest_end(message, protocol);
  mnl_attr_nest_end(message, nest);
}

void put_tcp_state(nlmsghdr* message, std::uint8_t state) {
  // Liberal: the entry has not seen the sequence numbers of this connection, and must not judge them.
  const nf_ct_tcp_flags liberal{IP_CT_TCP_FLAG_BE_LIBERAL, IP_CT_TCP_FLAG_BE_LIBERAL};
  nlattr* info = mnl_attr_nest_start(message, CTA_PROTOINFO);
  nlattr* tcp = mnl_attr_nest_start(message, CTA_PROTOINFO_TCP);
  mnl_attr_put_u8(message, CTA_PROTOINFO_TCP_STATE, state);
  mnl_attr_put(message, CTA_PROTOINFO_TCP_FLAGS_ORIGINAL, sizeof(liberal), &liberal);
  mnl_attr_put(message, CTA_PROTOINFO_TCP_FLAGS_REPLY, sizeof(liberal), &liberal);
  mnl_attr_nest_end(message, tcp);
  mnl_attr_nest_end(message, info);
}

}  // namespace

std::uint8_t tracking_state(std::uint8_t socket_state) {
  switch (socket_state) {
    case TCP_SYN_RECV:
      return TCP_CONNTRACK_SYN_RECV;
    case TCP_FIN_WAIT1:  // our FIN is out
      return TCP_CONNTRACK_FIN_WAIT;
    case TCP_FIN_WAIT2:   // our FIN was acknowledged,
    case TCP_CLOSE_WAIT:  // or the peer's was: one state for both (nf_conntrack_proto_tcp.c)
      return TCP_CONNTRACK_CLOSE_WAIT;
    default:
      return TCP_CONNTRACK_ESTABLISHED;
  }
}

NetlinkRequest seed_message(const FlowTuple& original, std::uint8_t tcp_state, std::chrono::seconds timeout) {
  NetlinkRequest message =
      conntrack_message(IPCTNL_MSG_CT_NEW, NLM_F_CREATE | NLM_F_EXCL, family_number(original.source.family()));
  put_tuple(message.raw(), CTA_TUPLE_ORIG, original);
  put_tuple(message.raw(), CTA_TUPLE_REPLY, reversed(original));
  const bool tcp = original.transport == Transport::tcp;
  // A handshake that is not finished may be dropped under pressure; an established connection may not.
  const bool assured = !tcp || tcp_state != TCP_CONNTRACK_SYN_RECV;
  mnl_attr_put_u32(message.raw(), CTA_STATUS, htonl(assured ? kAssured : kAnswered));
  mnl_attr_put_u32(message.raw(), CTA_TIMEOUT, htonl(static_cast<std::uint32_t>(timeout.count())));
  if (tcp) put_tcp_state(message.raw(), tcp_state);
  return message;
}

NetlinkRequest confirm_message(const FlowTuple& either_direction) {
  NetlinkRequest message = conntrack_message(IPCTNL_MSG_CT_NEW, 0, family_number(either_direction.source.family()));
  put_tuple(message.raw(), CTA_TUPLE_ORIG, either_direction);
  mnl_attr_put_u32(message.raw(), CTA_STATUS, htonl(kAssured));
  return message;
}

NetlinkRequest entry_message(std::uint8_t operation, const FlowTuple& either_direction, std::uint16_t zone) {
  NetlinkRequest message = conntrack_message(operation, 0, family_number(either_direction.source.family()));
  put_tuple(message.raw(), CTA_TUPLE_ORIG, either_direction);
  if (zone != 0) mnl_attr_put_u16(message.raw(), CTA_ZONE, htons(zone));
  return message;
}

NetlinkRequest dump_message(Family family, Transport transport, FlowDirection direction,
                            std::optional<PortNumber> port) {
  NetlinkRequest message = conntrack_message(IPCTNL_MSG_CT_GET, NLM_F_DUMP, family_number(family));
  nlmsghdr* raw = message.raw();
  const bool original = direction == FlowDirection::original;
  nlattr* tuple = mnl_attr_nest_start(raw, original ? CTA_TUPLE_ORIG : CTA_TUPLE_REPLY);
  nlattr* protocol = mnl_attr_nest_start(raw, CTA_TUPLE_PROTO);
  mnl_attr_put_u8(raw, CTA_PROTO_NUM, static_cast<std::uint8_t>(transport));
  if (port) mnl_attr_put_u16(raw, CTA_PROTO_DST_PORT, htons(port->value()));
  mnl_attr_nest_end(raw, protocol);
  mnl_attr_nest_end(raw, tuple);
  nlattr* filter = mnl_attr_nest_start(raw, CTA_FILTER);
  mnl_attr_put_u32(raw, original ? CTA_FILTER_ORIG_FLAGS : CTA_FILTER_REPLY_FLAGS,
                   kFilterProtocol | (port ? kFilterDestinationPort : 0U));
  mnl_attr_nest_end(raw, filter);
  return message;
}

NetlinkRequest counters_message() {
  return conntrack_message(IPCTNL_MSG_CT_GET_STATS, 0, AF_UNSPEC);
}

}  // namespace jitgate
