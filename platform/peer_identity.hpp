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
  std::vector<std::string> groups;  ///< names; those without a name are left out
};

/// `socket`: a connected Unix socket; ownership stays with the caller.
[[nodiscard]] Result<PeerIdentity> identify_peer(int socket);

}  // namespace jitgate
