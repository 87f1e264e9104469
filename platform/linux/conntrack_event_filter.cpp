#include "platform/linux/conntrack_event_filter.hpp"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>

namespace jitgate {
namespace {

constexpr std::uint32_t kAccept = 0xffffffff;
constexpr std::uint32_t kAttributes = NLMSG_LENGTH(sizeof(nfgenmsg));   // where a message's attributes begin
constexpr std::uint32_t kFind = SKF_AD_OFF + SKF_AD_NLATTR;             // A: offset of attribute X from offset A on
constexpr std::uint32_t kFindNested = SKF_AD_OFF + SKF_AD_NLATTR_NEST;  // A: offset of attribute X within the one at A
constexpr std::uint32_t kTupleOffset = 0;
constexpr std::uint32_t kProtocolNumber = 1;

sock_filter op(std::uint16_t code, std::uint32_t k) {
  return BPF_STMT(code, k);
}

/// Attributes that are missing leave offset 0; what is read then is the message header, which equals no port's key (its
/// first bytes are a length, its next a type that is no transport with ports), and reads stay inside the message.
void append_direction(std::vector<sock_filter>& program, std::uint32_t tuple, const std::vector<TransportPort>& ports) {
  program.insert(program.end(), {
                                    op(BPF_LD | BPF_IMM, kAttributes),
                                    op(BPF_LDX | BPF_IMM, tuple),
                                    op(BPF_LD | BPF_W | BPF_ABS, kFind),
                                    op(BPF_LDX | BPF_IMM, CTA_TUPLE_PROTO),
                                    op(BPF_LD | BPF_W | BPF_ABS, kFindNested),
                                    op(BPF_ST, kTupleOffset),
                                    op(BPF_LDX | BPF_IMM, CTA_PROTO_NUM),
                                    op(BPF_LD | BPF_W | BPF_ABS, kFindNested),
                                    op(BPF_MISC | BPF_TAX, 0),
                                    op(BPF_LD | BPF_B | BPF_IND, NLA_HDRLEN),
                                    op(BPF_ALU | BPF_LSH | BPF_K, 16),
                                    op(BPF_ST, kProtocolNumber),
                                    op(BPF_LD | BPF_MEM, kTupleOffset),
                                    op(BPF_LDX | BPF_IMM, CTA_PROTO_DST_PORT),
                                    op(BPF_LD | BPF_W | BPF_ABS, kFindNested),
                                    op(BPF_MISC | BPF_TAX, 0),
                                    op(BPF_LD | BPF_H | BPF_IND, NLA_HDRLEN),
                                    op(BPF_LDX | BPF_MEM, kProtocolNumber),
                                    op(BPF_ALU | BPF_OR | BPF_X, 0),
                                });
  for (const TransportPort& port : ports) {
    const std::uint32_t key = static_cast<std::uint32_t>(port.transport) << 16 | port.number.value();
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, key, 0, 1));
    program.push_back(op(BPF_RET | BPF_K, kAccept));
  }
}

}  // namespace

std::vector<sock_filter> event_filter(const std::vector<TransportPort>& ports) {
  std::vector<sock_filter> program;
  append_direction(program, CTA_TUPLE_ORIG, ports);
  append_direction(program, CTA_TUPLE_REPLY, ports);
  program.push_back(op(BPF_RET | BPF_K, 0));
  if (program.size() > BPF_MAXINSNS) return {};
  return program;
}

}  // namespace jitgate
