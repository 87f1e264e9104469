#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace jitgate::nft {

/// What is known of an extension of iptables (`match` and `target` expressions of nf_tables).
struct ExtensionFacts {
  bool matches = false;
  bool accepts = false;
  bool denies = false;
  std::uint32_t mark_bits = 0;  ///< bits of the packet mark that it reads or writes
  std::optional<std::uint8_t> protocol;
  std::vector<std::uint16_t> ports;  ///< destination ports, where it names them one by one
};

/// `info` is the extension's structure (linux/netfilter/xt_NAME.h); one that is too short says nothing.
[[nodiscard]] ExtensionFacts match_facts(const std::string& name, std::uint32_t revision,
                                         std::span<const std::byte> info);
[[nodiscard]] ExtensionFacts target_facts(const std::string& name, std::uint32_t revision,
                                          std::span<const std::byte> info);

}  // namespace jitgate::nft
