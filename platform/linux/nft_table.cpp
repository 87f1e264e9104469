#include "platform/linux/nft_table.hpp"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <new>

namespace jitgate::nft {
namespace {

constexpr std::uint16_t kDestroyTable = 26;  // NFT_MSG_DESTROYTABLE, kernel 6.3

// The types that nft gives set keys, so that it can print them (src/datatype.c there): 6 bits each.
constexpr std::uint32_t kTypeIpv4Address = 7;
constexpr std::uint32_t kTypeIpv6Address = 8;
constexpr std::uint32_t kTypeInetProtocol = 12;
constexpr std::uint32_t kTypeInetService = 13;
constexpr unsigned kTypeBits = 6;

void put_table_name(nlmsghdr* message) {
  mnl_attr_put_strz(message, NFTA_TABLE_NAME, kTable);
}

}  // namespace

OwnedChain build_chain(const Chain& chain) {
  OwnedChain built(nftnl_chain_alloc());
  if (!built) throw std::bad_alloc();
  nftnl_chain_set_u32(built.get(), NFTNL_CHAIN_FAMILY, NFPROTO_INET);
  nftnl_chain_set_str(built.get(), NFTNL_CHAIN_TABLE, kTable);
  nftnl_chain_set_str(built.get(), NFTNL_CHAIN_NAME, chain.name.c_str());
  if (chain.input_priority) {
    nftnl_chain_set_u32(built.get(), NFTNL_CHAIN_HOOKNUM, NF_INET_LOCAL_IN);
    nftnl_chain_set_s32(built.get(), NFTNL_CHAIN_PRIO, *chain.input_priority);
    nftnl_chain_set_u32(built.get(), NFTNL_CHAIN_POLICY, NF_ACCEPT);
    nftnl_chain_set_str(built.get(), NFTNL_CHAIN_TYPE, "filter");
  }
  return built;
}

OwnedSet build_set(const Set& set) {
  OwnedSet built(nftnl_set_alloc());
  if (!built) throw std::bad_alloc();
  std::uint32_t type = (kTypeInetProtocol << kTypeBits) | kTypeInetService;
  std::uint32_t length = 8;
  if (set.address) {
    const std::uint32_t address = *set.address == Family::ipv4 ? kTypeIpv4Address : kTypeIpv6Address;
    type |= address << (2 * kTypeBits);
    length += address_bits(*set.address) / 8;
  }
  nftnl_set_set_u32(built.get(), NFTNL_SET_FAMILY, NFPROTO_INET);
  nftnl_set_set_str(built.get(), NFTNL_SET_TABLE, kTable);
  nftnl_set_set_str(built.get(), NFTNL_SET_NAME, set.name.c_str());
  nftnl_set_set_u32(built.get(), NFTNL_SET_FLAGS, NFT_SET_TIMEOUT);
  nftnl_set_set_u32(built.get(), NFTNL_SET_KEY_TYPE, type);
  nftnl_set_set_u32(built.get(), NFTNL_SET_KEY_LEN, length);
  nftnl_set_set_u32(built.get(), NFTNL_SET_GC_INTERVAL, kGarbageCollectionMs);
  return built;
}

void add_table(Batch& batch, std::uint32_t flags) {
  nlmsghdr* message = batch.add(Operation::add_table, NFT_MSG_NEWTABLE, NLM_F_CREATE, "inet jitgate");
  put_table_name(message);
  mnl_attr_put_u32(message, NFTA_TABLE_FLAGS, htonl(flags));
}

void delete_table(Batch& batch) {
  put_table_name(batch.add(Operation::delete_table, NFT_MSG_DELTABLE, 0, "inet jitgate"));
}

void destroy_table(Batch& batch) {
  put_table_name(batch.add(Operation::destroy_table, kDestroyTable, 0, "inet jitgate"));
}

void add_counter(Batch& batch, const std::string& name) {
  nlmsghdr* message = batch.add(Operation::add_counter, NFT_MSG_NEWOBJ, NLM_F_CREATE, name);
  mnl_attr_put_strz(message, NFTA_OBJ_TABLE, kTable);
  mnl_attr_put_strz(message, NFTA_OBJ_NAME, name.c_str());
  mnl_attr_put_u32(message, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
  nlattr* data = mnl_attr_nest_start(message, NFTA_OBJ_DATA);
  mnl_attr_put_u64(message, NFTA_COUNTER_BYTES, 0);
  mnl_attr_put_u64(message, NFTA_COUNTER_PACKETS, 0);
  mnl_attr_nest_end(message, data);
}

void add_chain(Batch& batch, const Chain& chain) {
  nlmsghdr* message = batch.add(Operation::add_chain, NFT_MSG_NEWCHAIN, NLM_F_CREATE, chain.name);
  nftnl_chain_nlmsg_build_payload(message, build_chain(chain).get());
}

void add_set(Batch& batch, const Set& set) {
  nlmsghdr* message = batch.add(Operation::add_set, NFT_MSG_NEWSET, NLM_F_CREATE, set.name);
  const OwnedSet built = build_set(set);
  // The kernel wants a number that is unique within the transaction; everything here refers to sets by name.
  nftnl_set_set_u32(built.get(), NFTNL_SET_ID, message->nlmsg_seq);
  nftnl_set_nlmsg_build_payload(message, built.get());
}

void add_rule(Batch& batch, const Rule& rule) {
  nlmsghdr* message = batch.add(Operation::add_rule, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, rule.chain);
  nftnl_rule_nlmsg_build_payload(message, build_rule(rule).get());
}

void add_ruleset(Batch& batch, const Ruleset& ruleset) {
  for (const std::string& counter : ruleset.counters) add_counter(batch, counter);
  for (const Set& set : ruleset.sets) add_set(batch, set);
  for (const Chain& chain : ruleset.chains) add_chain(batch, chain);
  for (const Rule& rule : ruleset.rules) add_rule(batch, rule);
}

}  // namespace jitgate::nft
