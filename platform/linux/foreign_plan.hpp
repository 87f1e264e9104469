#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/linux/foreign_ruleset.hpp"
#include "platform/linux/foreign_tag.hpp"

/// What is to be done in the chains of others, from what was read of them. Pure.
namespace jitgate::nft {

/// What a base chain can do to a packet, by its own rules and those of the chains that they lead to. Rules of ours are
/// left out.
struct ChainFacts {
  bool accepts = false;         ///< some rule accepts explicitly
  bool denies = false;          ///< it can keep a packet from coming through: by its policy or a rule
  bool unjudgeable = false;     ///< an accept behind a goto, or in a verdict map that returns: is not seen as one
  std::uint32_t mark_bits = 0;  ///< bits of the packet mark that are read or written
};
[[nodiscard]] ChainFacts chain_facts(const ForeignTable& table, const ForeignChain& chain);

/// What we want in one base chain.
struct Wanted {
  bool pass = false;                 ///< granted packets are let through
  std::optional<std::uint32_t> bit;  ///< the mark bit by which its accepts are noticed
};

/// One change of a chain.
struct ChainEdit {
  std::optional<std::uint64_t> remove;  ///< the handle of a rule of ours; otherwise a rule is added:
  Tag tag{};
  std::optional<std::uint64_t> before;  ///< in front of the rule with this handle; nullopt: at the end
};
/// What makes the chain hold exactly what is wanted, in the order of its own rules; empty when it does already.
[[nodiscard]] std::vector<ChainEdit> plan_chain(const ForeignTable& table, const ForeignChain& chain, MarkBits marks,
                                                const Wanted& wanted);

}  // namespace jitgate::nft
