#pragma once

#include <string>
#include <vector>

#include "platform/peer_identity.hpp"
#include "platform/windows/account_names.hpp"

namespace jitgate {

/// identify_peer() that asks for no name that `names` remembers.
[[nodiscard]] Result<PeerIdentity> identify_pipe_client(LocalHandle pipe, const std::vector<std::string>& groups,
                                                        AccountNames& names);

}  // namespace jitgate
