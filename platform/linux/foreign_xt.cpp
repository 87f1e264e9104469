#include "platform/linux/foreign_xt.hpp"

// The kernel's headers yield to it, when it comes first.
#include <netinet/in.h>

#include <linux/netfilter/xt_connmark.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_tcpudp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>

namespace jitgate::nft {
namespace {

template <class Info>
std::optional<Info> read(std::span<const std::byte> bytes) {
  Info info;
  if (bytes.size() < sizeof info) return std::nullopt;
  std::memcpy(&info, bytes.data(), sizeof info);
  return info;
}

// NF_CT_STATE_BIT(), in which nf_tables differs from xt_conntrack.
constexpr std::uint32_t kUntrackedState = 64;
constexpr std::uint32_t kCommonStates = 15;  // invalid, established, related, new

Condition condition(Field field, ValueRanges values, bool inverted) {
  return {field, inverted ? others(field, std::move(values)) : std::move(values)};
}

void add_ports(ExtensionFacts& facts, std::uint8_t protocol, const std::uint16_t (&ports)[2], bool inverted) {
  facts.conditions.push_back(condition(Field::protocol, {{protocol, protocol}}, false));
  facts.conditions.push_back(condition(Field::port, {{ports[0], ports[1]}}, inverted));
}

void add_multiport(ExtensionFacts& facts, const xt_multiport_v1& info) {
  if (info.flags != XT_MULTIPORT_DESTINATION) return;
  ValueRanges ports;
  const std::size_t count = std::min<std::size_t>(info.count, XT_MULTI_PORTS);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint16_t first = info.ports[i];
    if (info.pflags[i] != 0 && i + 1 < count) ++i;  // the end of a range follows
    ports.push_back({first, info.ports[i]});
  }
  facts.conditions.push_back(condition(Field::port, std::move(ports), info.invert != 0));
}

/// What it says of rewritten connections (SNAT, DNAT) is of ones that are established.
void add_states(ExtensionFacts& facts, const xt_conntrack_mtinfo2& info) {
  if ((info.match_flags & XT_CONNTRACK_STATE) == 0) return;
  std::uint32_t states = info.state_mask & kCommonStates;
  if ((info.state_mask & XT_CONNTRACK_STATE_UNTRACKED) != 0) states |= kUntrackedState;
  const bool inverted = (info.invert_flags & XT_CONNTRACK_STATE) != 0;
  facts.conditions.push_back(condition(Field::state, states_of(states), inverted));
}

/// Restoring a connection's mark writes the packet's.
template <class Info>
std::uint32_t restored_bits(const std::optional<Info>& info) {
  return info && info->mode == XT_CONNMARK_RESTORE ? info->nfmask : 0;
}

}  // namespace

ExtensionFacts match_facts(const std::string& name, std::uint32_t revision, std::span<const std::byte> info) {
  ExtensionFacts facts;
  if (name == "mark" && revision == 1) {
    if (const auto mark = read<xt_mark_mtinfo1>(info)) facts.mark_bits = mark->mask;
  } else if (name == "tcp") {
    if (const auto tcp = read<xt_tcp>(info))
      add_ports(facts, IPPROTO_TCP, tcp->dpts, (tcp->invflags & XT_TCP_INV_DSTPT) != 0);
  } else if (name == "udp") {
    if (const auto udp = read<xt_udp>(info))
      add_ports(facts, IPPROTO_UDP, udp->dpts, (udp->invflags & XT_UDP_INV_DSTPT) != 0);
  } else if (name == "multiport" && revision == 1) {
    if (const auto ports = read<xt_multiport_v1>(info)) add_multiport(facts, *ports);
  } else if (name == "conntrack" && revision >= 2) {
    // The third revision has more behind what the second has.
    if (const auto tracked = read<xt_conntrack_mtinfo2>(info)) add_states(facts, *tracked);
  }
  return facts;
}

ExtensionFacts target_facts(const std::string& name, std::uint32_t revision, std::span<const std::byte> info) {
  // Targets after which the next rule is looked at.
  static constexpr std::array<std::string_view, 11> kGoOn{
      "LOG", "NFLOG", "MARK", "CONNMARK", "SET", "AUDIT", "TRACE", "CLASSIFY", "TCPMSS", "CONNSECMARK", "SECMARK"};
  ExtensionFacts facts;
  facts.accepts = name == "NFQUEUE";
  facts.denies = !facts.accepts && std::ranges::find(kGoOn, name) == kGoOn.end();
  if (name == "MARK" && revision == 2) {
    if (const auto mark = read<xt_mark_tginfo2>(info)) facts.mark_bits = mark->mask | mark->mark;
  } else if (name == "CONNMARK" && revision == 1) {
    facts.mark_bits = restored_bits(read<xt_connmark_tginfo1>(info));
  } else if (name == "CONNMARK" && revision == 2) {
    facts.mark_bits = restored_bits(read<xt_connmark_tginfo2>(info));
  }
  return facts;
}

}  // namespace jitgate::nft
