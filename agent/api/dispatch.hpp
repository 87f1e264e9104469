#pragma once

#include "agent/api/client_stream.hpp"
#include "agent/api/connection.hpp"
#include "agent/api/resource.hpp"

namespace jitgate {

/// One whole request to its reply: who asks, route, role, decoding, the call. What is
/// refused here is reported with Agent::record_refusal. Never fails: an exception out of the call is a 500.
[[nodiscard]] Answer dispatch(Agent& agent, const Authenticate& authenticate, const HttpRequest& request);

/// The same, for a connection. `agent` outlives it.
[[nodiscard]] inline Respond dispatch_to(Agent& agent, Authenticate authenticate) {
  return [&agent, authenticate = std::move(authenticate)](const HttpRequest& request) {
    return dispatch(agent, authenticate, request);
  };
}

}  // namespace jitgate
