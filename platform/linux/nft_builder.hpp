#pragma once

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>

#include <array>
#include <cstdint>
#include <new>
#include <span>
#include <string>

#include "platform/linux/nft_ruleset.hpp"

namespace jitgate::nft {

// A concatenated key lies in consecutive 4-byte registers, each field padded to 4 bytes. The first starts where the
// 16-byte register 1 does, and the kernel names it so.
inline constexpr std::uint32_t kKeyStart = NFT_REG_1;
constexpr std::uint32_t register_at(unsigned word) {
  return word % 4 == 0 ? NFT_REG_1 + word / 4 : NFT_REG32_00 + word;
}

inline constexpr std::uint32_t kLoopbackIndex = 1;      // include/net/flow.h LOOPBACK_IFINDEX
inline constexpr std::uint32_t kIpv4SourceOffset = 12;  // RFC 791
inline constexpr std::uint32_t kIpv6SourceOffset = 8;   // RFC 8200
inline constexpr std::uint32_t kIpv4DestinationOffset = 16;
inline constexpr std::uint32_t kIpv6DestinationOffset = 24;
inline constexpr std::uint32_t kDestinationPortOffset = 2;  // TCP, UDP, UDP-Lite, SCTP and DCCP alike
inline constexpr std::uint32_t kTcpFlagsOffset = 13;        // RFC 9293
inline constexpr std::uint8_t kSyn = 0x02;
inline constexpr std::uint8_t kAck = 0x10;
inline constexpr std::uint32_t kNone = 0;
// NF_CT_STATE_BIT(), which the uapi header lacks.
inline constexpr std::uint32_t kEstablishedBit = 1U << (IP_CT_ESTABLISHED + 1);
inline constexpr std::uint32_t kRelatedBit = 1U << (IP_CT_RELATED + 1);

template <class T>
std::span<const std::uint8_t> bytes_of(const T& value) {
  return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

/// Appends expressions to a rule, one function for each that nf_tables has and we use.
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

  // [ lookup reg 1 set NAME ], matching what is in it or what is not
  void lookup(const std::string& set, bool within = true) {
    nftnl_expr* e = add("lookup");
    nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_SREG, kKeyStart);
    nftnl_expr_set_str(e, NFTNL_EXPR_LOOKUP_SET, set.c_str());
    nftnl_expr_set_u32(e, NFTNL_EXPR_LOOKUP_FLAGS,
                       within ? 0 : NFT_LOOKUP_F_INV);  // as the kernel gives it back (nft_describe)
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

}  // namespace jitgate::nft
