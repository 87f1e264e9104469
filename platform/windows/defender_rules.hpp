#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/model/result.hpp"
#include "agent/model/ruleset.hpp"

namespace jitgate {

/// A rule of Windows Defender Firewall for arriving connections that is switched on.
struct DefenderRule {
  std::string name;
  bool allows = false;
  std::optional<Transport> transport;  ///< nullopt: every protocol
  /// Local ports, first and last; empty: every one.
  std::vector<std::pair<std::uint16_t, std::uint16_t>> ports{};
  bool from_anywhere = true;   ///< no remote addresses, and no addresses of this host, are named
  std::uint32_t profiles = 0;  ///< NET_FW_PROFILE_TYPE2
};

/// A profile that is active on some network of this host, with the firewall switched on.
struct DefenderProfile {
  std::uint32_t type = 0;          ///< one bit of NET_FW_PROFILE_TYPE2
  std::string name;                ///< "public"
  bool blocks_all = false;         ///< "block all incoming connections", whatever the rules say
  bool blocks_by_default = false;  ///< what no rule allows
};

struct DefenderState {
  std::vector<DefenderProfile> profiles;
  std::vector<DefenderRule> rules;
};

/// Asks INetFwPolicy2 (https://learn.microsoft.com/en-us/windows/win32/api/netfw/nn-netfw-inetfwpolicy2): rules of this
/// machine and those that group policy sets. Takes tens of milliseconds with hundreds of rules.
[[nodiscard]] Result<DefenderState> read_defender_state();

/// The port list of a rule: "22,3389,5000-5010"; empty for "*" and for nothing; nullopt for what names no numbers
/// ("RPC").
[[nodiscard]] std::optional<std::vector<std::pair<std::uint16_t, std::uint16_t>>> parse_defender_ports(
    std::string_view text);

/// Where a grant for a locked port would not open it, in words: a soft one loses against every block of Windows
/// Defender Firewall, its default for what no rule allows among them. A hard one wins over all but IPsec's and
/// callouts.
[[nodiscard]] std::vector<std::string> defender_problems(const DefenderState& state, const Lock& lock,
                                                         bool hard_grants);

}  // namespace jitgate
