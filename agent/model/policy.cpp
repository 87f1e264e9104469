#include "agent/model/policy.hpp"

#include <algorithm>

namespace jitgate {
namespace {

bool has_no_end(Transport transport) {
  return transport == Transport::udp || transport == Transport::udplite;
}

std::optional<Duration> asked_cut(const OnExpiry& on_expiry) {
  if (std::holds_alternative<TerminateEstablished>(on_expiry)) return Duration(0);
  if (const auto* keep = std::get_if<KeepAtMost>(&on_expiry)) return keep->after;
  return std::nullopt;
}

}  // namespace

std::optional<Duration> cut_after(const OnExpiry& on_expiry, Transport transport) {
  const std::optional<Duration> asked = asked_cut(on_expiry);
  if (!has_no_end(transport)) return asked;
  return std::min(asked.value_or(kUdpKeptAtMost), kUdpKeptAtMost);
}

PolicyPort default_policy_port(PortNumber number, Protocol protocol) {
  return {
      number, protocol, {AddressPrefix::any(Family::ipv4), AddressPrefix::any(Family::ipv6)}, std::chrono::hours(3)};
}

const PolicyPort* Policy::find(PortNumber number, Protocol protocol) const {
  const auto port = std::ranges::find_if(
      ports, [&](const PolicyPort& p) { return p.number == number && contains(p.protocol, protocol); });
  return port == ports.end() ? nullptr : &*port;
}

std::vector<TransportPort> Policy::locked_ports() const {
  std::vector<TransportPort> locked;
  for (const PolicyPort& port : ports) {
    for (const Transport transport : transports(port.protocol)) locked.push_back({transport, port.number});
  }
  std::ranges::sort(locked);
  const auto [first, last] = std::ranges::unique(locked);
  locked.erase(first, last);
  return locked;
}

}  // namespace jitgate
