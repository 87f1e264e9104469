#include "platform/linux/nft_contents.hpp"

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <new>

#include "platform/linux/nft_describe.hpp"
#include "platform/linux/nft_table.hpp"

namespace jitgate::nft {
namespace {

constexpr std::uint32_t kBoundChain = 0x4;  // NFT_CHAIN_BINDING: belongs to the rule that jumps to it

const nlmsghdr* header_of(const NetlinkMessage& message) {
  return reinterpret_cast<const nlmsghdr*>(message.whole.data());
}

bool note_chain(TableContents& contents, const NetlinkMessage& message) {
  const OwnedChain chain(nftnl_chain_alloc());
  if (!chain) throw std::bad_alloc();
  if (nftnl_chain_nlmsg_parse(header_of(message), chain.get()) < 0) return false;
  const char* name = nftnl_chain_get_str(chain.get(), NFTNL_CHAIN_NAME);
  if (name == nullptr) return false;
  if ((nftnl_chain_get_u32(chain.get(), NFTNL_CHAIN_FLAGS) & kBoundChain) != 0) contents.strange = true;
  // Adding a base chain that is there sets its policy.
  if (nftnl_chain_is_set(chain.get(), NFTNL_CHAIN_HOOKNUM)) {
    nftnl_chain_set_u32(chain.get(), NFTNL_CHAIN_POLICY, NF_ACCEPT);
  }
  contents.chains.push_back({name, describe(*chain)});
  return true;
}

bool note_set(TableContents& contents, const NetlinkMessage& message) {
  const OwnedSet set(nftnl_set_alloc());
  if (!set) throw std::bad_alloc();
  if (nftnl_set_nlmsg_parse(header_of(message), set.get()) < 0) return false;
  const char* name = nftnl_set_get_str(set.get(), NFTNL_SET_NAME);
  if (name == nullptr) return false;
  // An anonymous set goes with its rule.
  if ((nftnl_set_get_u32(set.get(), NFTNL_SET_FLAGS) & NFT_SET_ANONYMOUS) == 0) contents.sets.emplace_back(name);
  return true;
}

bool note_object(TableContents& contents, const NetlinkMessage& message) {
  const auto attributes = message.attributes();
  if (!attributes) return false;
  const NetlinkAttribute* name = find(*attributes, NFTA_OBJ_NAME);
  const NetlinkAttribute* type = find(*attributes, NFTA_OBJ_TYPE);
  if (name == nullptr || !name->text() || type == nullptr || !type->be32()) return false;
  contents.objects.push_back({std::string(*name->text()), *type->be32()});
  return true;
}

bool stays(const TableContents::Chain& chain, const Ruleset& wanted) {
  return std::any_of(wanted.chains.begin(), wanted.chains.end(), [&](const Chain& other) {
    return other.base && describe(*build_chain(other)) == chain.description;
  });
}

}  // namespace

bool TableContents::note(const NetlinkMessage& message) {
  switch (nft_type(message).value_or(NFT_MSG_MAX)) {
    case NFT_MSG_NEWCHAIN:
      return note_chain(*this, message);
    case NFT_MSG_NEWSET:
      return note_set(*this, message);
    case NFT_MSG_NEWOBJ:
      return note_object(*this, message);
    case NFT_MSG_NEWFLOWTABLE:
      strange = true;
      return true;
    default:
      return false;
  }
}

void empty_table(Batch& batch, const TableContents& contents, const Ruleset& wanted) {
  // What refers to something goes before it: rules to sets, the elements of a verdict map to chains.
  delete_rules(batch);
  for (const std::string& set : contents.sets) delete_set(batch, set);
  for (const TableContents::Chain& chain : contents.chains) {
    if (!stays(chain, wanted)) delete_chain(batch, chain.name);
  }
  for (const TableContents::Object& object : contents.objects) delete_object(batch, object.name, object.type);
}

}  // namespace jitgate::nft
