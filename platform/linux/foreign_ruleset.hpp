#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/result.hpp"
#include "platform/linux/foreign_rule.hpp"
#include "platform/linux/foreign_set.hpp"
#include "platform/linux/nft_query.hpp"

namespace jitgate::nft {

/// A chain of somebody else's table.
struct ForeignChain {
  std::string name;
  /// On the input hook, of type filter: it judges packets to this host, at this priority.
  std::optional<int> input_priority;
  bool drops_by_policy = false;
  std::vector<RuleFacts> rules;  ///< in their order, ours among them
};

/// A table of somebody else with at least one base chain on the input hook.
struct ForeignTable {
  std::uint8_t family = 0;  ///< NFPROTO_IPV4, NFPROTO_IPV6 or NFPROTO_INET
  std::string name;
  bool owned = false;  ///< by a process's netlink socket: nobody else can change it
  std::map<std::string, ForeignChain> chains;
  std::map<std::string, Verdicts> verdict_maps;       ///< all that some entry can do
  std::map<std::string, std::vector<SetEntry>> sets;  ///< those maps, and what rules look a Field up in

  /// "ip filter"
  [[nodiscard]] std::string label() const;
};

struct ForeignRuleset {
  std::uint32_t generation = 0;  ///< the kernel's number of the ruleset that was read
  std::vector<ForeignTable> tables;
};

/// Reads what others have on the input hook (families ip, ip6 and inet), without table inet jitgate.
[[nodiscard]] Result<ForeignRuleset> read_foreign_ruleset(Query& query);

}  // namespace jitgate::nft
