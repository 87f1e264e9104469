#pragma once

#include "platform/linux/foreign_plan.hpp"
#include "platform/linux/nft_batch.hpp"

namespace jitgate::nft {

/// Adds the message for one edit of a chain. In the chains of iptables-nft our rules are made of what iptables can
/// print (the `mark` match and the `MARK` target), or its listings and saved files would be wrong.
void add_edit(Batch& batch, const ForeignTable& table, const ForeignChain& chain, const ChainEdit& edit);

}  // namespace jitgate::nft
