#pragma once

#include <span>

#include "platform/linux/nft_admission.hpp"
#include "platform/linux/nft_chains.hpp"
#include "platform/linux/nft_mark.hpp"
#include "platform/linux/nft_ruleset.hpp"

namespace jitgate::nft {

/// Everything but the elements: what `lock` stands for, with these allow sets. docs/security.md says what each chain is
/// for.
[[nodiscard]] Ruleset make_ruleset(const Lock& lock, MarkBits marks, std::span<const AllowSet> sets);

}  // namespace jitgate::nft
