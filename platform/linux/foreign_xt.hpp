#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "platform/linux/foreign_condition.hpp"

namespace jitgate::nft {

/// What is known of an extension of iptables (`match` and `target` expressions of nf_tables).
struct ExtensionFacts {
  bool accepts = false;
  bool denies = false;
  std::uint32_t mark_bits = 0;        ///< bits of the packet mark that it reads or writes
  std::vector<Condition> conditions;  ///< of a match
};

/// `info` is the extension's structure (linux/netfilter/xt_NAME.h); one that is too short says nothing.
[[nodiscard]] ExtensionFacts match_facts(const std::string& name, std::uint32_t revision,
                                         std::span<const std::byte> info);
[[nodiscard]] ExtensionFacts target_facts(const std::string& name, std::uint32_t revision,
                                          std::span<const std::byte> info);

}  // namespace jitgate::nft
