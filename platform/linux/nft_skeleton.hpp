#pragma once

#include <span>
#include <string>

#include "platform/linux/nft_ruleset.hpp"

namespace jitgate::nft {

/// The set that an allow key lives in: one hash set per family and prefix length, because a hash compares whole keys.
struct AllowSet {
  Family family;
  unsigned length;
  friend auto operator<=>(const AllowSet&, const AllowSet&) = default;

  [[nodiscard]] static AllowSet of(const AllowKey& key) { return {key.source.family(), key.source.length()}; }
  /// "allow4_24"
  [[nodiscard]] std::string name() const;
  [[nodiscard]] Set set() const;
  /// The rule that looks a packet up in it.
  [[nodiscard]] Rule rule() const;
};

/// Everything but the elements: what `lock` stands for, with these allow sets. docs/security.md says what each chain is
/// for.
[[nodiscard]] Ruleset make_ruleset(const Lock& lock, std::span<const AllowSet> sets);

}  // namespace jitgate::nft
