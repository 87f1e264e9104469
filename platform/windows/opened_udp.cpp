#include "platform/windows/opened_udp.hpp"

#include <algorithm>

namespace jitgate {
namespace {

constexpr Duration kRemembered = std::chrono::hours(1);
constexpr std::size_t kLookAgain = 1'000;  // entries, from which on those that are forgotten are looked for

}  // namespace

void OpenedUdp::note(const std::vector<AllowEntry>& opened, BootTime now) {
  if (until_.size() > kLookAgain)
    std::erase_if(until_, [&](const auto& one) { return one.second + kRemembered < now; });
  for (const AllowEntry& entry : opened) {
    if (entry.key.port.transport != Transport::udp) continue;
    BootTime& until = until_[entry.key];
    until = std::max(until, entry.closes_at);
  }
}

bool OpenedUdp::is_complete(BootTime now) const {
  return since_ + kRemembered < now;
}

std::vector<AllowKey> OpenedUdp::of(const std::vector<TransportPort>& ports, BootTime now) const {
  std::vector<AllowKey> keys;
  for (const auto& [key, until] : until_)
    if (until + kRemembered >= now && std::ranges::find(ports, key.port) != ports.end()) keys.push_back(key);
  return keys;
}

}  // namespace jitgate
