#pragma once

#include <libnftnl/chain.h>
#include <libnftnl/set.h>

#include "platform/linux/nft_batch.hpp"
#include "platform/linux/nft_expr.hpp"
#include "platform/linux/nft_ruleset.hpp"

namespace jitgate::nft {

/// Table flags of kernel 6.9, which older uapi headers lack. Never the first without the second: the table would vanish
/// with the owner's socket.
inline constexpr std::uint32_t kTableOwner = 0x2;
inline constexpr std::uint32_t kTablePersist = 0x4;

using OwnedChain = Owned<nftnl_chain, nftnl_chain_free>;
using OwnedSet = Owned<nftnl_set, nftnl_set_free>;

[[nodiscard]] OwnedChain build_chain(const Chain& chain);
[[nodiscard]] OwnedSet build_set(const Set& set);

/// Each adds one message to the batch.
void add_table(Batch& batch, std::uint32_t flags);
/// Fails with ENOENT when there is none.
void delete_table(Batch& batch);
/// Succeeds when there is none; EINVAL before kernel 6.3.
void destroy_table(Batch& batch);
void add_counter(Batch& batch, const std::string& name);
void add_chain(Batch& batch, const Chain& chain);
void add_set(Batch& batch, const Set& set);
void add_rule(Batch& batch, const Rule& rule);
/// Of all chains of the table.
void delete_rules(Batch& batch);
/// Each fails when something still refers to it.
void delete_chain(Batch& batch, const std::string& name);
void delete_set(Batch& batch, const std::string& name);
/// `type`: NFT_OBJECT_x
void delete_object(Batch& batch, const std::string& name, std::uint32_t type);

/// Everything in it, in an order in which each finds what it refers to.
void add_ruleset(Batch& batch, const Ruleset& ruleset);

}  // namespace jitgate::nft
