#pragma once

#include "agent/api/http_message.hpp"

namespace jitgate {

/// The answer as ARM gives it: `{"error": {"code", "message", "target", "details"}}` with ARM's codes and statuses. A
/// refusal by the policy is 400 InvalidRequest here, for a client that knows Azure knows no 422.
[[nodiscard]] HttpReply azure_error_reply(const Error& error);

}  // namespace jitgate
