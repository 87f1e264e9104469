#pragma once

#include "agent/model/address_prefix.hpp"
#include "agent/model/port.hpp"
#include "cli/environment.hpp"
#include "cli/outcome.hpp"

namespace jitgate::cli {

/// The other end of the SSH session that the program runs in, as sshd says (SSH_CONNECTION: sshd(8)).
struct SshPeer {
  AddressPrefix address;
  PortNumber server_port;  ///< the local port that the session came in through
};

/// Fails with ExitCode::failed where it cannot be known: no SSH session, or its environment is not passed on (sudo
/// drops it).
[[nodiscard]] Outcome<SshPeer> ssh_peer(const Environment& environment);

}  // namespace jitgate::cli
