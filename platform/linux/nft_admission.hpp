#pragma once

#include <string>
#include <vector>

#include "platform/linux/nft_ruleset.hpp"

namespace jitgate::nft {

/// A place in the ruleset where a packet's source is looked up among alwaysAllow and the allow sets.
struct Lookup {
  const char* name;      ///< its chains are NAME4 and NAME6
  PortOf port;           ///< which port a grant must be for
  const char* admitted;  ///< the chain that a packet goes to when it was found
  [[nodiscard]] std::string chain(Family family) const;
};

/// Every lookup that a lock's ruleset has.
[[nodiscard]] std::vector<Lookup> lookups(const Lock& lock);

/// The set that an allow key lives in: one hash set per family and prefix length, because a hash compares whole keys.
struct AllowSet {
  Family family;
  unsigned length;
  friend auto operator<=>(const AllowSet&, const AllowSet&) = default;

  [[nodiscard]] static AllowSet of(const AllowKey& key) { return {key.source.family(), key.source.length()}; }
  /// "allow4_24"
  [[nodiscard]] std::string name() const;
  [[nodiscard]] Set set() const;
  /// The rules that look a packet up in it, one or more for each lookup.
  [[nodiscard]] std::vector<Rule> rules(const std::vector<Lookup>& places) const;
};

}  // namespace jitgate::nft
