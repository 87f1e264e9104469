#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>

#include "cli/command.hpp"
#include "cli/ssh_peer.hpp"

namespace jitgate::cli {

/// What to say to somebody whose SSH session survives the lock, but who could not begin another: the session came
/// through a port of the policy, and its peer is not in alwaysAllow. `policy`: the body of GET /v1/policy. nullopt:
/// nothing to warn of.
[[nodiscard]] std::optional<std::string> lockout_warning(const SshPeer& peer, const boost::json::value& policy);

/// The same for the caller of this program. Outside an SSH session there is nobody to warn.
void warn_of_lockout(Invocation& invocation, const boost::json::value& policy);

}  // namespace jitgate::cli
