#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/linux/foreign_condition.hpp"
#include "platform/linux/foreign_verdict.hpp"
#include "platform/linux/netlink_message.hpp"

namespace jitgate::nft {

/// What is known of a rule of somebody else: its verdicts and its tag. Of its matches only what concerns the packet
/// mark, and the fields that reports need.
struct RuleFacts {
  std::uint64_t handle = 0;
  std::string chain;
  std::string comment;  ///< as nft and iptables show it
  Verdicts verdicts;
  std::vector<SetCondition> verdict_maps;    ///< where it takes its verdict from
  std::uint32_t mark_bits = 0;               ///< bits of the packet mark that it reads or writes
  std::vector<Condition> conditions;         ///< all of them hold for what it concerns
  std::vector<SetCondition> set_conditions;  ///< likewise; those that look up some Field
};

/// From a message in which the kernel describes a rule; nullopt when it is of another kind or malformed.
[[nodiscard]] std::optional<RuleFacts> parse_rule_facts(const NetlinkMessage& message);

/// The verdict that an NFTA_VERDICT_x nest names (an immediate's, or a map entry's).
[[nodiscard]] std::optional<Verdicts> parse_verdict_data(std::span<const std::byte> nest);

}  // namespace jitgate::nft
