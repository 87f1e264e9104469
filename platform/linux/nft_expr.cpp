#include "platform/linux/nft_expr.hpp"
#include "platform/linux/nft_chains.hpp"

#include <arpa/inet.h>
#include <libnftnl/expr.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>

#include <array>
#include <cstring>
#include <new>
#include <span>

namespace jitgate::nft {
namespace {

// A concatenated key lies in consecutive 4-byte registers, each field padded to 4 bytes. The first starts where the
// 16-byte register 1 does, and the kernel names it so.
constexpr std::uint32_t kKeyStart = NFT_REG_1;
constexpr std::uint32_t register_at(unsigned word) {
  return word % 4 == 0 ? NFT_REG_1 + word / 4 : NFT_REG32_00 + word;
}

constexpr std::uint32_t kLoopbackIndex = 1;      // include/net/flow.h LOOPBACK_IFINDEX
constexpr std::uint32_t kIpv4SourceOffset = 12;  // RFC 791
constexpr std::uint32_t kIpv6SourceOffset = 8;   // RFC 8200
constexpr std::uint32_t kIpv4DestinationOffset = 16;
constexpr std::uint32_t kIpv6DestinationOffset = 24;
constexpr std::uint32_t kDestinationPortOffset = 2;  // TCP, UDP, UDP-Lite, SCTP and DCCP alike
constexpr std::uint32_t kTcpFlagsOffset = 13;        // RFC 9293
constexpr std::uint8_t kSyn = 0x02;
constexpr std::uint8_t kAck = 0x10;
constexpr std::uint32_t kNone = 0;
// NF_CT_STATE_BIT(IP_CT_ESTABLISHED), which the uapi header lacks.
constexpr std::uint32_t kEstablishedBit = 1U << (IP_CT_ESTABLISHED + 1);

template <class T>
std::span<const std::uint8_t> bytes_of(const T& value) {
  return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

class Builder {
 public:
  explicit Builder(nftnl_rule* rule) : rule_(rule) {}

  // [ meta load KEY => reg R ]
  void meta(std::uint32_t key, std::uint32_t reg) {
    nftnl_expr* e = add("meta");
    nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, key);
    nftnl_expr_set_u32(e, NFTNL_EXPR_META_DREG, reg);
  }

  // [ payload load Nb @ HEADER + OFFSET => reg R ]
  void payload(std::uint32_t base, std::uint32_t offset, std::uint32_t length, std::uint32_t reg) {
    nftnl_expr* e = add("payload");
    nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_BASE, base);
    nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
    nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_LEN, length);
    nftnl_expr_set_u32(e, NFTNL_EXPR_PAYLOAD_DREG, reg);
  }

  // [ bitwise reg R = ( reg R & MASK ) ^ 0 ]
  void mask(std::span<const std::uint8_t> bits, std::uint32_t reg = kKeyStart) {
    static constexpr std::array<std::uint8_t, 16> kZero{};
    bitwise(bits, std::span(kZero).first(bits.size()), reg);
  }

  // [ bitwise reg R = ( reg R & MASK ) ^ XOR ]
  void bitwise(std::span<const std::uint8_t> keep, std::span<const std::uint8_t> flip, std::uint32_t reg = kKeyStart) {
    const auto length = static_cast<std::uint32_t>(keep.size());
    nftnl_expr* e = add("bitwise");
    nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_SREG, reg);
    nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_DREG, reg);
    nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_OP, NFT_BITWISE_BOOL);
    nftnl_expr_set_u32(e, NFTNL_EXPR_BITWISE_LEN, length);
    nftnl_expr_set(e, NFTNL_EXPR_BITWISE_MASK, keep.data(), length);
    nftnl_expr_set(e, NFTNL_EXPR_BITWISE_XOR, flip.data(), length);
  }

  // [ cmp OP reg 1 VALUE ]
  void compare(std::uint32_t op, std::span<const std::uint8_t> value) {
    nftnl_expr* e = add("cmp");
    nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_SREG, kKeyStart);
    nftnl_expr_set_u32(e, NFTNL_EXPR_CMP_OP, op);
    nftnl_expr_set(e, NFTNL_EXPR_CMP_DATA, value.data(), static_cast<std::uint32_t>(value.size()));
  }

  // [ lookup reg 1 set NAME ]
  void lookup(const std::string& set) {
    nftnl_expr* e = add("lookup");
    nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, kKeyStart);
    nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET, set.c_str());
    nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_FLAGS, 0);  // as the kernel gives it back (nft_describe)
  }

  // [ ct load KEY => reg R ], of the connection's original direction where the key has one
  void connection(std::uint32_t key, std::uint32_t reg, bool original = false) {
    nftnl_expr* e = add("ct");
    nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, key);
    nftnl_expr_set_u32(e, NFTNL_EXPR_CT_DREG, reg);
    if (original) nftnl_expr_set_u8(e, NFTNL_EXPR_CT_DIR, IP_CT_DIR_ORIGINAL);
  }

  // [ meta set mark with reg 1 ], [ ct set mark with reg 1 ]
  void set_mark() {
    nftnl_expr* e = add("meta");
    nftnl_expr_set_u32(e, NFTNL_EXPR_META_KEY, NFT_META_MARK);
    nftnl_expr_set_u32(e, NFTNL_EXPR_META_SREG, kKeyStart);
  }
  void set_connection_mark() {
    nftnl_expr* e = add("ct");
    nftnl_expr_set_u32(e, NFTNL_EXPR_CT_KEY, NFT_CT_MARK);
    nftnl_expr_set_u32(e, NFTNL_EXPR_CT_SREG, kKeyStart);
  }

  // [ dynset update reg_key 1 set NAME ]
  nftnl_expr* update(const std::string& set) {
    nftnl_expr* e = add("dynset");
    nftnl_expr_set_u32(e, NFTNL_EXPR_DYNSET_SREG_KEY, kKeyStart);
    nftnl_expr_set_u32(e, NFTNL_EXPR_DYNSET_OP, NFT_DYNSET_OP_UPDATE);
    nftnl_expr_set_str(e, NFTNL_EXPR_DYNSET_SET_NAME, set.c_str());
    return e;
  }
  // ... expr [ counter ]
  void update_counting(const std::string& set) {
    nftnl_expr* counter = nftnl_expr_alloc("counter");
    if (counter == nullptr) throw std::bad_alloc();
    nftnl_expr_set_u64(counter, NFTNL_EXPR_CTR_BYTES, 0);
    nftnl_expr_set_u64(counter, NFTNL_EXPR_CTR_PACKETS, 0);
    nftnl_expr* e = update(set);
    nftnl_expr_add_expr(e, NFTNL_EXPR_DYNSET_EXPRESSIONS, counter);
    // One expression goes as NFTA_DYNSET_EXPR, which every kernel knows and gives back.
    nftnl_expr_set_u32(e, NFTNL_EXPR_DYNSET_FLAGS, 0);
  }

  // [ immediate reg 0 VERDICT ]
  void verdict(int code, const char* chain = nullptr) {
    nftnl_expr* e = add("immediate");
    nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
    nftnl_expr_set_u32(e, NFTNL_EXPR_IMM_VERDICT, static_cast<std::uint32_t>(code));
    if (chain != nullptr) nftnl_expr_set_str(e, NFTNL_EXPR_IMM_CHAIN, chain);
  }

  // meta nfproto FAMILY
  void family(Family family) {
    const std::uint8_t number = family == Family::ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6;
    meta(NFT_META_NFPROTO, kKeyStart);
    compare(NFT_CMP_EQ, bytes_of(number));
  }

  // meta l4proto TRANSPORT
  void transport(Transport transport) {
    const auto number = static_cast<std::uint8_t>(transport);
    meta(NFT_META_L4PROTO, kKeyStart);
    compare(NFT_CMP_EQ, bytes_of(number));
  }

  // The source address, or its first bytes, into register 1.
  void source(Family family, std::uint32_t length) {
    payload(NFT_PAYLOAD_NETWORK_HEADER, family == Family::ipv4 ? kIpv4SourceOffset : kIpv6SourceOffset, length,
            kKeyStart);
  }

  // meta l4proto . th dport, or . ct original proto-dst, from this word of the key on
  void port_key(unsigned word, PortOf port) {
    meta(NFT_META_L4PROTO, register_at(word));
    if (port == PortOf::connection) return connection(NFT_CT_PROTO_DST, register_at(word + 1), true);
    payload(NFT_PAYLOAD_TRANSPORT_HEADER, kDestinationPortOffset, 2, register_at(word + 1));
  }

  nftnl_expr* add(const char* name) {
    nftnl_expr* expr = nftnl_expr_alloc(name);
    if (expr == nullptr) throw std::bad_alloc();
    nftnl_rule_add_expr(rule_, expr);
    return expr;
  }

 private:
  nftnl_rule* rule_;
};

void append(Builder& to, Accept) {
  to.verdict(NF_ACCEPT);
}
void append(Builder& to, Drop) {
  to.verdict(NF_DROP);
}
void append(Builder& to, const Jump& jump) {
  to.verdict(NFT_JUMP, jump.chain.c_str());
}
void append(Builder& to, const Goto& jump) {
  to.verdict(NFT_GOTO, jump.chain.c_str());
}
void append(Builder& to, FamilyIs match) {
  to.family(match.family);
}
void append(Builder& to, TransportIs match) {
  to.transport(match.transport);
}

void append(Builder& to, RejectWithReset) {
  nftnl_expr* e = to.add("reject");
  nftnl_expr_set_u32(e, NFTNL_EXPR_REJECT_TYPE, NFT_REJECT_TCP_RST);
  nftnl_expr_set_u8(e, NFTNL_EXPR_REJECT_CODE, 0);
}

void append(Builder& to, RejectProhibited) {
  nftnl_expr* e = to.add("reject");
  nftnl_expr_set_u32(e, NFTNL_EXPR_REJECT_TYPE, NFT_REJECT_ICMPX_UNREACH);
  nftnl_expr_set_u8(e, NFTNL_EXPR_REJECT_CODE, NFT_REJECT_ICMPX_ADMIN_PROHIBITED);
}

void append(Builder& to, FromLoopback) {
  to.meta(NFT_META_IIF, kKeyStart);
  to.compare(NFT_CMP_EQ, bytes_of(kLoopbackIndex));
}

void append(Builder& to, OpensTcpConnection) {
  const std::uint8_t both = kSyn | kAck;
  to.transport(Transport::tcp);
  to.payload(NFT_PAYLOAD_TRANSPORT_HEADER, kTcpFlagsOffset, 1, kKeyStart);
  to.mask(bytes_of(both));
  to.compare(NFT_CMP_EQ, bytes_of(kSyn));
}

void append(Builder& to, Established) {
  to.connection(NFT_CT_STATE, kKeyStart);
  to.mask(bytes_of(kEstablishedBit));
  to.compare(NFT_CMP_NEQ, bytes_of(kNone));
}

void append(Builder& to, Redirected) {
  const std::uint32_t dnat = IPS_DST_NAT;
  to.connection(NFT_CT_STATUS, kKeyStart);
  to.mask(bytes_of(dnat));
  to.compare(NFT_CMP_NEQ, bytes_of(kNone));
}

void append(Builder& to, MarkIs match) {
  to.meta(NFT_META_MARK, kKeyStart);
  to.mask(bytes_of(match.mask));
  to.compare(match.equal ? NFT_CMP_EQ : NFT_CMP_NEQ, bytes_of(match.value));
}

void append(Builder& to, SetMarkBits set) {
  const std::uint32_t keep = ~set.bits;
  to.meta(NFT_META_MARK, kKeyStart);
  to.bitwise(bytes_of(keep), bytes_of(set.bits));
  to.set_mark();
}

void append(Builder& to, ClearMarkBits clear) {
  const std::uint32_t keep = ~clear.bits;
  to.meta(NFT_META_MARK, kKeyStart);
  to.mask(bytes_of(keep));
  to.set_mark();
}

void append(Builder& to, ConnectionMarkHas match) {
  to.connection(NFT_CT_MARK, kKeyStart);
  to.mask(bytes_of(match.bits));
  to.compare(NFT_CMP_NEQ, bytes_of(kNone));
}

void append(Builder& to, ClearConnectionMarkBits clear) {
  const std::uint32_t keep = ~clear.bits;
  to.connection(NFT_CT_MARK, kKeyStart);
  to.mask(bytes_of(keep));
  to.set_connection_mark();
}

void append(Builder& to, const CountByPortAndMark& count) {
  to.port_key(0, count.port);
  to.meta(NFT_META_MARK, register_at(2));
  to.mask(bytes_of(count.mask), register_at(2));
  to.update_counting(count.set);
}

void append(Builder& to, const CountByPort& count) {
  to.port_key(0, count.port);
  to.update_counting(count.set);
}

void append(Builder& to, const CountBySource& count) {
  const unsigned bytes = address_bits(count.family) / 8;
  to.family(count.family);
  to.source(count.family, bytes);
  to.port_key(bytes / 4, count.port);
  to.update_counting(count.set);
}

void append(Builder& to, ToThisHost) {
  const std::uint32_t local = RTN_LOCAL;
  nftnl_expr* e = to.add("fib");
  nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_FLAGS, NFTA_FIB_F_DADDR);
  nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
  nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_DREG, kKeyStart);
  to.compare(NFT_CMP_EQ, bytes_of(local));
}

void append(Builder& to, const NoteDestination& note) {
  to.family(note.family);
  to.payload(NFT_PAYLOAD_NETWORK_HEADER, note.family == Family::ipv4 ? kIpv4DestinationOffset : kIpv6DestinationOffset,
             address_bits(note.family) / 8, kKeyStart);
  to.update(note.set);
}

void append(Builder& to, const AskedForAddressIn& match) {
  to.connection(match.family == Family::ipv4 ? NFT_CT_DST_IP : NFT_CT_DST_IP6, kKeyStart, true);
  to.lookup(match.set);
}

void append(Builder& to, const SourceIs& match) {
  const AddressPrefix& prefix = match.prefix;
  to.family(prefix.family());
  if (prefix.length() == 0) return;
  if (prefix.length() % 8 == 0) {
    // Whole bytes need no mask: nft loads just these, and so do we.
    to.source(prefix.family(), prefix.length() / 8);
    to.compare(NFT_CMP_EQ, prefix.bytes().first(prefix.length() / 8));
    return;
  }
  to.source(prefix.family(), address_bits(prefix.family()) / 8);
  to.mask(mask_of(prefix.family(), prefix.length()));
  to.compare(NFT_CMP_EQ, prefix.bytes());
}

void append(Builder& to, const PortIn& match) {
  to.port_key(0, match.port);
  to.lookup(match.set);
}

void append(Builder& to, const SourceAndPortIn& match) {
  const unsigned bytes = address_bits(match.family) / 8;
  to.family(match.family);
  to.source(match.family, bytes);
  if (match.length != address_bits(match.family)) to.mask(mask_of(match.family, match.length));
  to.port_key(bytes / 4, match.port);
  to.lookup(match.set);
}

void append(Builder& to, const Count& count) {
  nftnl_expr* e = to.add("objref");
  nftnl_expr_set_u32(e, NFTNL_EXPR_OBJREF_IMM_TYPE, NFT_OBJECT_COUNTER);
  nftnl_expr_set_str(e, NFTNL_EXPR_OBJREF_IMM_NAME, count.counter.c_str());
}

void append(Builder& to, AtMost limit) {
  nftnl_expr* e = to.add("limit");
  nftnl_expr_set_u64(e, NFTNL_EXPR_LIMIT_RATE, limit.per_second);
  nftnl_expr_set_u64(e, NFTNL_EXPR_LIMIT_UNIT, 1);
  nftnl_expr_set_u32(e, NFTNL_EXPR_LIMIT_BURST, limit.burst);
  nftnl_expr_set_u32(e, NFTNL_EXPR_LIMIT_TYPE, NFT_LIMIT_PKTS);
  nftnl_expr_set_u32(e, NFTNL_EXPR_LIMIT_FLAGS, 0);
}

void append(Builder& to, const Log& log) {
  nftnl_expr* e = to.add("log");
  nftnl_expr_set_str(e, NFTNL_EXPR_LOG_PREFIX, log.prefix.c_str());
  nftnl_expr_set_u32(e, NFTNL_EXPR_LOG_LEVEL, NFT_LOGLEVEL_WARNING);  // the default, as the kernel gives it back
}

}  // namespace

std::vector<std::uint8_t> mask_of(Family family, unsigned length) {
  std::vector<std::uint8_t> mask(address_bits(family) / 8, 0);
  for (unsigned bit = 0; bit < length; ++bit) {
    mask[bit / 8] = static_cast<std::uint8_t>(mask[bit / 8] | (0x80U >> (bit % 8)));
  }
  return mask;
}

OwnedRule build_rule(const Rule& rule) {
  OwnedRule built(nftnl_rule_alloc());
  if (!built) throw std::bad_alloc();
  nftnl_rule_set_u32(built.get(), NFTNL_RULE_FAMILY, NFPROTO_INET);
  nftnl_rule_set_str(built.get(), NFTNL_RULE_TABLE, kTable);
  nftnl_rule_set_str(built.get(), NFTNL_RULE_CHAIN, rule.chain.c_str());
  append_statements(built.get(), rule.statements);
  return built;
}

void append_statements(nftnl_rule* rule, const std::vector<Statement>& statements) {
  Builder builder(rule);
  for (const Statement& statement : statements) {
    std::visit([&](const auto& one) { append(builder, one); }, statement);
  }
}

}  // namespace jitgate::nft
