#include "platform/linux/foreign_chains.hpp"

#include <linux/netfilter.h>

#include <algorithm>
#include <cerrno>

#include "platform/linux/foreign_edit.hpp"
#include "platform/linux/foreign_reach.hpp"
#include "platform/linux/iptables_legacy.hpp"
#include "platform/linux/nft_chains.hpp"

namespace jitgate::nft {
namespace {

constexpr int kAttempts = 16;

std::string place(const ForeignTable& table, const ForeignChain& chain) {
  return table.label() + " " + chain.name;
}

/// firewalld 2.1 and later owns its table unless told otherwise (firewalld.conf(5), NftablesTableOwner).
std::string owned(const ForeignTable& table) {
  const bool firewalld = table.label() == "inet firewalld";
  return "table " + table.label() +
         " is owned by another process and cannot be changed: what it denies stays denied although granted, and what "
         "it accepts stays locked" +
         (firewalld ? "; set NftablesTableOwner=no in /etc/firewalld/firewalld.conf and restart firewalld" : "");
}

/// An ip chain and an ip6 chain never see the same packet.
bool see_the_same_packet(std::uint8_t a, std::uint8_t b) {
  return a == b || a == NFPROTO_INET || b == NFPROTO_INET;
}

template <class Visit>
void for_each_input_chain(const ForeignRuleset& ruleset, Visit visit) {
  for (const ForeignTable& table : ruleset.tables) {
    for (const auto& [name, chain] : table.chains) {
      if (chain.input_priority) visit(table, chain);
    }
  }
}

}  // namespace

Result<ForeignChains> ForeignChains::open(MarkBits marks) {
  Result<Query> query = Query::open();
  if (!query) return query.error();
  return ForeignChains(std::move(*query), marks);
}

/// Who has a bit keeps it: changing one takes two transactions in which both chains are out of step.
void ForeignChains::share_out_bits(const std::vector<ChainKey>& chains) {
  std::erase_if(bits_, [&](const auto& held) { return std::ranges::find(chains, held.first) == chains.end(); });
  for (const ChainKey& chain : chains) {
    if (bits_.contains(chain)) continue;
    const auto taken = [&](std::uint32_t bit) {
      return std::ranges::any_of(bits_, [&](const auto& held) {
        return held.second == bit && see_the_same_packet(std::get<0>(held.first), std::get<0>(chain));
      });
    };
    const auto bits = marks_.chain_bits();
    const auto free = std::ranges::find_if_not(bits, taken);
    if (free != bits.end()) bits_.emplace(chain, *free);
  }
}

Wanted ForeignChains::wanted(Goal goal, const ForeignTable& table, const ForeignChain& chain) const {
  Wanted wanted;
  if (goal == Goal::nothing) return wanted;
  wanted.pass = chain_facts(table, chain).denies;
  if (goal != Goal::honor) return wanted;
  const auto bit = bits_.find({table.family, table.name, chain.name});
  if (bit != bits_.end()) wanted.bit = bit->second;
  return wanted;
}

void ForeignChains::report(const std::string& where, const ForeignTable& table, const ForeignChain& chain,
                           const ChainFacts& facts) {
  if (!bits_.contains({table.family, table.name, chain.name})) {
    problems_.push_back(where + ": more chains accept packets than enforcement.mark.mask has bits: what it accepts " +
                        "stays locked");
  }
  if (facts.unjudgeable) {
    problems_.push_back(where + ": an accept behind a goto, or in a verdict map that also returns, is not honored: " +
                        "what it accepts stays locked");
  }
  if (*chain.input_priority == kFirstPriority) {
    problems_.push_back(
        where +
        ": is at the very first priority, where its accepts may come before they can be seen, and then stay locked");
  }
}

void ForeignChains::survey(Goal goal, const ForeignTable& table, const ForeignChain& chain) {
  const std::string where = place(table, chain);
  const ChainFacts facts = chain_facts(table, chain);
  if (table.owned && (facts.denies || (goal == Goal::honor && facts.accepts))) {
    problems_.push_back(owned(table));
    return;
  }
  if (*chain.input_priority >= kLastPriority && facts.denies) {
    problems_.push_back(where + ": comes after our last chain: what it denies stays denied although granted");
  }
  if ((facts.mark_bits & marks_.mask()) != 0 && (facts.denies || facts.accepts)) {
    problems_.push_back(where + ": its rules use bits of the packet mark that enforcement.mark.mask claims");
  }
  if (goal == Goal::honor && facts.accepts) report(where, table, chain, facts);
}

void ForeignChains::survey(Goal goal, const ForeignRuleset& ruleset) {
  problems_.clear();
  verdict_maps_.clear();
  std::vector<ChainKey> accepting;
  for_each_input_chain(ruleset, [&](const ForeignTable& table, const ForeignChain& chain) {
    if (goal == Goal::honor && chain_facts(table, chain).accepts) {
      accepting.emplace_back(table.family, table.name, chain.name);
    }
  });
  share_out_bits(accepting);
  for (const ForeignTable& table : ruleset.tables) {
    for (const auto& [set, verdicts] : table.verdict_maps) verdict_maps_.emplace_back(table.family, table.name, set);
  }
  if (goal == Goal::nothing) return;
  for_each_input_chain(ruleset,
                       [&](const ForeignTable& table, const ForeignChain& chain) { survey(goal, table, chain); });
  if (const std::string legacy = iptables_legacy_tables(); !legacy.empty()) {
    problems_.push_back("iptables-legacy has tables (" + legacy + "): its rules cannot be seen: what they deny stays " +
                        "denied although granted, and what they accept stays locked");
  }
}

/// False: the ruleset changed meanwhile, and must be read again.
Result<bool> ForeignChains::mend(Goal goal, const ForeignRuleset& ruleset, const Commit& commit) {
  std::uint32_t generation = ruleset.generation;
  for (const ForeignTable& table : ruleset.tables) {
    std::vector<std::pair<const ForeignChain*, ChainEdit>> edits;
    for (const auto& [name, chain] : table.chains) {
      if (!chain.input_priority || table.owned) continue;
      for (ChainEdit& edit : plan_chain(table, chain, marks_, wanted(goal, table, chain)))
        edits.emplace_back(&chain, edit);
    }
    if (edits.empty()) continue;
    const auto failure = commit(generation, [&](Batch& batch) {
      for (const auto& [chain, edit] : edits) add_edit(batch, table, *chain, edit);
    });
    if (!failure) {
      generation = generation + 1 == 0 ? 1 : generation + 1;
      continue;
    }
    if (failure->error_number == ERESTART || failure->error_number == ENOENT) return false;
    problems_.push_back("table " + table.label() + " cannot be changed (" + describe(failure->to_error()) +
                        "): what it denies stays denied although granted, and what it accepts stays locked");
  }
  return true;
}

Result<void> ForeignChains::sync(Goal goal, const Commit& commit) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto ruleset = read_foreign_ruleset(query_);
    if (!ruleset) return ruleset.error();
    survey(goal, *ruleset);
    const auto mended = mend(goal, *ruleset, commit);
    if (!mended) return mended.error();
    if (*mended) return {};
  }
  return read_error("put rules into the chains of others (they keep changing)", EAGAIN);
}

Result<std::vector<Exposure>> ForeignChains::accepted(const std::vector<TransportPort>& ports) {
  const auto ruleset = read_foreign_ruleset(query_);
  if (!ruleset) return ruleset.error();
  std::vector<Exposure> exposures;
  for_each_input_chain(*ruleset, [&](const ForeignTable& table, const ForeignChain& chain) {
    const std::vector<PacketClass> reach = reach_of(table, chain);
    for (const TransportPort& port : ports) {
      const auto opens = [&](const PacketClass& packets) {
        return packets.opens(static_cast<std::uint8_t>(port.transport), port.number.value());
      };
      if (std::ranges::any_of(reach, opens)) exposures.push_back({port, place(table, chain), 0, {}});
    }
  });
  return exposures;
}

std::string ForeignChains::chains_of(std::uint32_t bits) const {
  std::string names;
  for (const auto& [chain, bit] : bits_) {
    if ((bit & bits) == 0) continue;
    const auto& [family, table, name] = chain;
    ForeignTable labelled;
    labelled.family = family;
    labelled.name = table;
    names += (names.empty() ? "" : ", ") + labelled.label() + " " + name;
  }
  return names;
}

bool ForeignChains::watches_set(std::uint8_t family, const std::string& table, const std::string& set) const {
  return std::ranges::find(verdict_maps_, std::tuple(family, table, set)) != verdict_maps_.end();
}

ForeignChains::Goal goal_of(const Lock& lock) {
  if (lock.ports.empty()) return ForeignChains::Goal::nothing;
  return lock.existing_rules == ExistingRules::honor ? ForeignChains::Goal::honor : ForeignChains::Goal::pass;
}

}  // namespace jitgate::nft
