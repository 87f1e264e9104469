#include "platform/linux/nft_table.hpp"
#include "platform/linux/nft_chains.hpp"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <new>

namespace jitgate::nft {
namespace {

constexpr std::uint16_t kDestroyTable = 26;  // NFT_MSG_DESTROYTABLE, kernel 6.3

// The types that nft gives set keys, so that it can print them (src/datatype.c there): 6 bits each.
constexpr unsigned kTypeBits = 6;
constexpr std::uint32_t kRegister = 4;  // fields are padded to it

struct FieldType {
  std::uint32_t nft_type;
  std::uint32_t bytes;
};

constexpr FieldType type_of(KeyField field) {
  switch (field) {
    case KeyField::ipv4_addr:
      return {7, 4};
    case KeyField::ipv6_addr:
      return {8, 16};
    case KeyField::inet_proto:
      return {12, 1};
    case KeyField::inet_service:
      return {13, 2};
    case KeyField::mark:
      return {19, 4};
  }
  return {0, 0};
}

std::uint32_t hook_number(Hook hook) {
  switch (hook) {
    case Hook::prerouting:
      return NF_INET_PRE_ROUTING;
    case Hook::input:
      return NF_INET_LOCAL_IN;
    case Hook::forward:
      return NF_INET_FORWARD;
  }
  return NF_INET_LOCAL_IN;
}

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
  if (chain.base) {
    nftnl_chain_set_u32(built.get(), NFTNL_CHAIN_HOOKNUM, hook_number(chain.base->hook));
    nftnl_chain_set_s32(built.get(), NFTNL_CHAIN_PRIO, chain.base->priority);
    nftnl_chain_set_u32(built.get(), NFTNL_CHAIN_POLICY, NF_ACCEPT);
    nftnl_chain_set_str(built.get(), NFTNL_CHAIN_TYPE, "filter");
  }
  return built;
}

OwnedSet build_set(const Set& set) {
  OwnedSet built(nftnl_set_alloc());
  if (!built) throw std::bad_alloc();
  std::uint32_t type = 0;
  std::uint32_t length = 0;
  for (const KeyField field : set.key) {
    const FieldType field_type = type_of(field);
    type = (type << kTypeBits) | field_type.nft_type;
    length += set.key.size() == 1 ? field_type.bytes : (field_type.bytes + kRegister - 1) / kRegister * kRegister;
  }
  nftnl_set_set_u32(built.get(), NFTNL_SET_FAMILY, NFPROTO_INET);
  nftnl_set_set_str(built.get(), NFTNL_SET_TABLE, kTable);
  nftnl_set_set_str(built.get(), NFTNL_SET_NAME, set.name.c_str());
  nftnl_set_set_u32(built.get(), NFTNL_SET_KEY_TYPE, type);
  nftnl_set_set_u32(built.get(), NFTNL_SET_KEY_LEN, length);
  if (!set.dynamic) {
    nftnl_set_set_u32(built.get(), NFTNL_SET_FLAGS, NFT_SET_TIMEOUT);
    nftnl_set_set_u32(built.get(), NFTNL_SET_GC_INTERVAL, kGarbageCollectionMs);
    return built;
  }
  const bool forgets = set.dynamic->timeout_ms != 0;
  nftnl_set_set_u32(built.get(), NFTNL_SET_FLAGS, forgets ? NFT_SET_EVAL | NFT_SET_TIMEOUT : NFT_SET_EVAL);
  nftnl_set_set_u32(built.get(), NFTNL_SET_DESC_SIZE, set.dynamic->size);
  if (forgets) nftnl_set_set_u64(built.get(), NFTNL_SET_TIMEOUT, set.dynamic->timeout_ms);
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

void delete_rules(Batch& batch) {
  nlmsghdr* message = batch.add(Operation::delete_rule, NFT_MSG_DELRULE, 0, "any");
  mnl_attr_put_strz(message, NFTA_RULE_TABLE, kTable);
}

void delete_chain(Batch& batch, const std::string& name) {
  nlmsghdr* message = batch.add(Operation::delete_chain, NFT_MSG_DELCHAIN, 0, name);
  mnl_attr_put_strz(message, NFTA_CHAIN_TABLE, kTable);
  mnl_attr_put_strz(message, NFTA_CHAIN_NAME, name.c_str());
}

void delete_set(Batch& batch, const std::string& name) {
  nlmsghdr* message = batch.add(Operation::delete_set, NFT_MSG_DELSET, 0, name);
  mnl_attr_put_strz(message, NFTA_SET_TABLE, kTable);
  mnl_attr_put_strz(message, NFTA_SET_NAME, name.c_str());
}

void delete_object(Batch& batch, const std::string& name, std::uint32_t type) {
  nlmsghdr* message = batch.add(Operation::delete_object, NFT_MSG_DELOBJ, 0, name);
  mnl_attr_put_strz(message, NFTA_OBJ_TABLE, kTable);
  mnl_attr_put_strz(message, NFTA_OBJ_NAME, name.c_str());
  mnl_attr_put_u32(message, NFTA_OBJ_TYPE, htonl(type));
}

void add_ruleset(Batch& batch, const Ruleset& ruleset) {
  for (const std::string& counter : ruleset.counters) add_counter(batch, counter);
  for (const Set& set : ruleset.sets) add_set(batch, set);
  for (const Chain& chain : ruleset.chains) add_chain(batch, chain);
  for (const Rule& rule : ruleset.rules) add_rule(batch, rule);
}

}  // namespace jitgate::nft
