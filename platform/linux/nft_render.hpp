#pragma once

#include <span>
#include <string>

#include "agent/model/ruleset.hpp"
#include "platform/linux/nft_mark.hpp"

namespace jitgate::nft {

/// The ruleset that ReplaceTable{lock, entries} installs, as text that `nft -f` accepts. It replaces an existing table.
/// Entries that have less left at `now` than the kernel can count are left out. `owned` adds `flags owner,persist`
/// (nft 1.0.9).
[[nodiscard]] std::string render(const Lock& lock, MarkBits marks, std::span<const AllowEntry> entries, BootTime now,
                                 bool owned);

}  // namespace jitgate::nft
