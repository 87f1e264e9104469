#pragma once

#include "agent/api/http_message.hpp"

namespace jitgate {

/// The one table from errc to HTTP status (docs: `Errors` in the interface contract). A refusal by the policy is 422:
/// the request is understood and well formed, and repeating it unchanged is pointless (RFC 9110 15.5.21).
[[nodiscard]] http::status to_status(errc code);

/// `{"error": {"code", "message", "target", "details": [...]}}` with the status of its errc.
[[nodiscard]] HttpReply error_reply(const Error& error);

/// As above, with the failure's own status; the connection is closed, because the two ends may disagree on where the
/// next request begins.
[[nodiscard]] HttpReply error_reply(const HttpFailure& failure);

/// A failure of the HTTP layer itself: `code` such as "PayloadTooLarge".
[[nodiscard]] HttpFailure http_failure(http::status status, std::string code, std::string message,
                                       std::string target = {});

}  // namespace jitgate
