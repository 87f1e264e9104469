#pragma once

#include "agent/api/resource.hpp"
#include "platform/peer_identity.hpp"

namespace jitgate {

/// One whole request to its reply: route, role (from the access rules of this moment), decoding, the call. What is
/// refused here is reported with Agent::record_refusal. Never fails: an exception out of the call is a 500.
[[nodiscard]] Answer dispatch(Agent& agent, const PeerIdentity& peer, const HttpRequest& request);

}  // namespace jitgate
