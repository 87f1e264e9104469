#include "platform/linux/nft_expr.hpp"

#include <linux/rtnetlink.h>

#include <array>
#include <new>
#include <span>

#include "platform/linux/nft_builder.hpp"
#include "platform/linux/nft_chains.hpp"

namespace jitgate::nft {
namespace {

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

void append(Builder& to, Related) {
  to.connection(NFT_CT_STATE, kKeyStart);
  to.mask(bytes_of(kRelatedBit));
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

void append(Builder& to, ToThisHost match) {
  const std::uint32_t local = RTN_LOCAL;
  nftnl_expr* e = to.add("fib");
  nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_FLAGS, NFTA_FIB_F_DADDR);
  nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
  nftnl_expr_set_u32(e, NFTNL_EXPR_FIB_DREG, kKeyStart);
  to.compare(match.is ? NFT_CMP_EQ : NFT_CMP_NEQ, bytes_of(local));
}

void append(Builder& to, const NoteDestination& note) {
  to.family(note.family);
  to.payload(NFT_PAYLOAD_NETWORK_HEADER, note.family == Family::ipv4 ? kIpv4DestinationOffset : kIpv6DestinationOffset,
             address_bits(note.family) / 8, kKeyStart);
  to.update(note.set);
}

void append(Builder& to, const AskedForAddressIn& match) {
  to.connection(match.family == Family::ipv4 ? NFT_CT_DST_IP : NFT_CT_DST_IP6, kKeyStart, true);
  to.lookup(match.set, match.is);
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
