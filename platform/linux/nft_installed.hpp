#pragma once

#include <algorithm>
#include <unordered_map>
#include <vector>

#include "agent/model/ruleset.hpp"
#include "platform/linux/nft_admission.hpp"

namespace jitgate::nft {

/// What the kernel acknowledged. Entries that have expired since may still be listed.
struct Installed {
  Lock lock;
  std::vector<AllowSet> sets;  ///< in the order of their rules
  std::unordered_map<AllowKey, BootTime, AllowKeyHash> entries;
  std::size_t prune_above = 1024;

  [[nodiscard]] bool has(const AllowSet& set) const { return std::find(sets.begin(), sets.end(), set) != sets.end(); }

  /// Forgets what the kernel dropped by itself, now and then, so that the record does not grow for ever.
  void prune(BootTime now) {
    if (entries.size() <= prune_above) return;
    std::erase_if(entries, [&](const auto& entry) { return entry.second <= now; });
    prune_above = std::max<std::size_t>(1024, 2 * entries.size());
  }
};

}  // namespace jitgate::nft
