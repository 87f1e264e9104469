#pragma once

#include <optional>

#include "agent/api/http_message.hpp"

namespace jitgate {

/// What the HTTP parser lets through but two programs could read differently, or that this API does not do: both or
/// several of Content-Length and Transfer-Encoding, a coding other than chunked, a target that is not a path,
/// expectations, a body that is not JSON. Looks at the head only; nullopt: nothing wrong.
[[nodiscard]] std::optional<HttpFailure> check_head(const http::request_header<>& head, const HttpLimits& limits);

}  // namespace jitgate
