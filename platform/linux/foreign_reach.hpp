#pragma once

#include <vector>

#include "platform/linux/foreign_ruleset.hpp"

namespace jitgate::nft {

/// Which packets a base chain may accept by an explicit rule of its own, or of the chains that it leads to: more than
/// it does, where an earlier rule denies or where a rule asks for what is no Field; never less. Rules of ours are left
/// out.
[[nodiscard]] std::vector<PacketClass> reach_of(const ForeignTable& table, const ForeignChain& chain);

}  // namespace jitgate::nft
