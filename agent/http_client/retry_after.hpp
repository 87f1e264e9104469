#pragma once

#include <optional>
#include <string_view>

#include "agent/model/clock.hpp"

namespace jitgate {

/// No server makes us wait longer than this.
inline constexpr Duration kLongestRetryAfter = std::chrono::hours(1);

/// How long the value of a Retry-After field (RFC 9110 10.2.3: seconds, or a date in the one form that is still
/// written, "Sun, 06 Nov 1994 08:49:37 GMT") asks to wait, from 0 to kLongestRetryAfter; nullopt where it is neither.
[[nodiscard]] std::optional<Duration> parse_retry_after(std::string_view value, WallTime now);

}  // namespace jitgate
