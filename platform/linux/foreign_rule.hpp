#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/linux/netlink_message.hpp"

namespace jitgate::nft {

/// Where a rule, or an entry of a verdict map, can send a packet.
struct Verdicts {
  bool accepts = false;  ///< also by way of a queue, whose program may accept
  bool denies = false;   ///< drop, reject, or a target that we do not know
  bool returns = false;
  std::vector<std::string> jumps;  ///< chains; the packet comes back
  std::vector<std::string> gotos;  ///< chains; it does not

  void add(const Verdicts& other);
};

/// A destination port that a rule names; without a protocol: of any.
struct NamedPort {
  std::optional<std::uint8_t> protocol;
  std::uint16_t number = 0;
  friend auto operator<=>(const NamedPort&, const NamedPort&) = default;
};

/// What is known of a rule of somebody else: its verdicts and its tag. Of its matches only what concerns the packet
/// mark and destination ports, for reports.
struct RuleFacts {
  std::uint64_t handle = 0;
  std::string chain;
  std::string comment;  ///< as nft and iptables show it
  Verdicts verdicts;
  std::vector<std::string> verdict_maps;  ///< sets that it takes its verdict from
  bool matches = false;                   ///< false: it concerns every packet
  std::uint32_t mark_bits = 0;            ///< bits of the packet mark that it reads or writes
  std::optional<std::uint8_t> protocol;   ///< the transport protocol that it is for, where it compares with one
  std::vector<std::uint16_t> ports;       ///< destination ports that it compares with
  std::vector<std::string> port_sets;     ///< sets in which it looks up the destination port
};

/// From a message in which the kernel describes a rule; nullopt when it is of another kind or malformed.
[[nodiscard]] std::optional<RuleFacts> parse_rule_facts(const NetlinkMessage& message);

/// The verdict that an NFTA_VERDICT_x nest names (an immediate's, or a map entry's).
[[nodiscard]] std::optional<Verdicts> parse_verdict_data(std::span<const std::byte> nest);

}  // namespace jitgate::nft
