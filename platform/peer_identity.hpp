#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/model/result.hpp"

namespace jitgate {

/// Who is at the other end of a local socket, as the kernel says (SO_PEERCRED, SO_PEERGROUPS: unix(7)).
struct PeerIdentity {
  std::string user;  ///< "uid:1000" where the id has no name
  std::uint32_t uid = 0;
  std::int64_t pid = 0;
  std::vector<std::string> groups;  ///< names
};

/// `socket`: a connected Unix socket; ownership stays with the caller. Of `groups`, the peer's are in the answer: the
/// name service, which may be slow, is asked for these, and not for each that a peer gave itself, which may be 65,536.
[[nodiscard]] Result<PeerIdentity> identify_peer(int socket, const std::vector<std::string>& groups);

}  // namespace jitgate
