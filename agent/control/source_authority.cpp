#include "agent/control/source_authority.hpp"

#include <algorithm>

namespace jitgate {
namespace {

std::string name_of(PortNumber number, Protocol protocol) {
  return std::to_string(number.value()) + "/" + std::string(to_string(protocol));
}

bool covers(const PolicyPort& port, const LockedPort& locked) {
  return port.number == locked.number && contains(port.protocol, locked.protocol);
}

Result<void> check_lockable(const SourceAuthority& authority, const std::vector<PolicyPort>& said) {
  Error refused = error(errc::refused, "the policy of source " + authority.source + " is not within its authority");
  for (std::size_t i = 0; i < said.size(); ++i) {
    const PolicyPort& port = said[i];
    const auto within = [&port](const LockedPort& lockable) {
      return lockable.number == port.number && contains(lockable.protocol, port.protocol);
    };
    if (std::ranges::any_of(authority.lockable, within)) continue;
    refused.details.push_back(error(errc::refused,
                                    name_of(port.number, port.protocol) + " is not in policy.authority.within.lockable",
                                    "ports[" + std::to_string(i) + "].number"));
  }
  if (refused.details.empty()) return {};
  return refused;
}

}  // namespace

Result<std::vector<PolicyPort>> within_authority(const SourceAuthority& authority, std::span<const PolicyPort> current,
                                                 std::vector<PolicyPort> said) {
  if (const auto lockable = check_lockable(authority, said); !lockable) return lockable.error();
  for (const LockedPort& least : authority.minimum) {
    if (std::ranges::any_of(said, [&least](const PolicyPort& port) { return covers(port, least); })) continue;
    if (std::ranges::any_of(said, [&least](const PolicyPort& port) {
          return port.number == least.number && contains(least.protocol, port.protocol);
        })) {
      return error(errc::refused, "source " + authority.source + " names only a part of " +
                                      name_of(least.number, least.protocol) +
                                      ", which stays locked (policy.authority.within.minimum)");
    }
    const auto kept = std::ranges::find_if(current, [&least](const PolicyPort& port) { return covers(port, least); });
    said.push_back(kept == current.end() ? default_policy_port(least.number, least.protocol) : *kept);
  }
  return said;
}

}  // namespace jitgate
