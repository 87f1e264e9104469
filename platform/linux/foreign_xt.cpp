#include "platform/linux/foreign_xt.hpp"

#include <linux/netfilter/xt_connmark.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_tcpudp.h>
#include <netinet/in.h>

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

/// A range of one port is that port; wider ones are not listed.
void add_range(ExtensionFacts& facts, std::uint16_t first, std::uint16_t last) {
  if (first == last) facts.ports.push_back(first);
}

void add_multiport(ExtensionFacts& facts, const xt_multiport_v1& info) {
  if (info.flags == XT_MULTIPORT_SOURCE || info.invert != 0) return;
  const std::size_t count = std::min<std::size_t>(info.count, XT_MULTI_PORTS);
  for (std::size_t i = 0; i < count; ++i) {
    if (info.pflags[i] == 0)
      facts.ports.push_back(info.ports[i]);
    else
      ++i;  // the end of a range follows
  }
}

/// Restoring a connection's mark writes the packet's.
template <class Info>
std::uint32_t restored_bits(const std::optional<Info>& info) {
  return info && info->mode == XT_CONNMARK_RESTORE ? info->nfmask : 0;
}

}  // namespace

ExtensionFacts match_facts(const std::string& name, std::uint32_t revision, std::span<const std::byte> info) {
  ExtensionFacts facts;
  facts.matches = name != "comment";
  if (name == "mark" && revision == 1) {
    if (const auto mark = read<xt_mark_mtinfo1>(info)) facts.mark_bits = mark->mask;
  } else if (name == "tcp") {
    facts.protocol = IPPROTO_TCP;
    if (const auto tcp = read<xt_tcp>(info)) add_range(facts, tcp->dpts[0], tcp->dpts[1]);
  } else if (name == "udp") {
    facts.protocol = IPPROTO_UDP;
    if (const auto udp = read<xt_udp>(info)) add_range(facts, udp->dpts[0], udp->dpts[1]);
  } else if (name == "multiport" && revision == 1) {
    if (const auto ports = read<xt_multiport_v1>(info)) add_multiport(facts, *ports);
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
