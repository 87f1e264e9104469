#pragma once

#include "agent/config/config.hpp"
#include "agent/control/caller.hpp"
#include "platform/peer_identity.hpp"

namespace jitgate {

/// The roles that the access rules give this peer, by user name or by any of its groups. An administrator has every
/// role. Nobody has a role for being uid 0: root is an administrator because the default rules list it.
[[nodiscard]] RoleSet resolve_roles(const PeerIdentity& peer, const AccessConfig& access);

/// Every group that the rules name.
[[nodiscard]] std::vector<std::string> groups_with_roles(const AccessConfig& access);

/// "uid 1000"; on Windows the SID.
[[nodiscard]] std::string account_of(const PeerIdentity& peer);

[[nodiscard]] Caller make_caller(const PeerIdentity& peer, const AccessConfig& access);

}  // namespace jitgate
