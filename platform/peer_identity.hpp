#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/result.hpp"

namespace jitgate {

/// Our end of a connection to a program on this host: a Unix socket, or the HANDLE of a named pipe.
using LocalHandle = std::intptr_t;

/// Who is at the other end of a local connection, as the kernel says: SO_PEERCRED and SO_PEERGROUPS (unix(7)), or the
/// token of whom a pipe's server impersonates (learn.microsoft.com, ImpersonateNamedPipeClient).
struct PeerIdentity {
  std::string user;  ///< "ann", on Windows "DOMAIN\\ann"; where there is no name: "uid:1000", or the SID
  /// Accounts with different numbers are different. 0: whoever can become anybody on this host: root; on Windows SYSTEM
  /// and elevated administrators.
  std::uint32_t uid = 0;
  std::int64_t pid = 0;
  std::vector<std::string> groups;  ///< as the question spelt them
  std::string sid{};                ///< of the account, on Windows; elsewhere empty
};

/// `connection` stays the caller's. Of `groups`, the peer's are in the answer: the name service, which may be slow, is
/// asked for these, and not for each that a peer gave itself, which may be 65,536. On Windows something has to have
/// been read from the pipe before.
[[nodiscard]] Result<PeerIdentity> identify_peer(LocalHandle connection, const std::vector<std::string>& groups);

/// Whether a configuration that names this user means the peer. On Windows: the name with its domain, in any case of
/// its letters, or the SID.
[[nodiscard]] bool is_user(const PeerIdentity& peer, std::string_view name);

}  // namespace jitgate
