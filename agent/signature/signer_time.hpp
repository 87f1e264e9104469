#pragma once

#include <cstdint>
#include <string_view>

#include "agent/model/clock.hpp"
#include "agent/model/result.hpp"

namespace jitgate::signature {

/// The times of `valid-after` and `valid-before` (ssh-keygen(1), ALLOWED SIGNERS): YYYYMMDD, YYYYMMDDHHMM or
/// YYYYMMDDHHMMSS; UTC with a `Z` (or `UTC`) behind it, otherwise local time without regard to daylight saving, which
/// is how ssh-keygen reads them. Seconds since 1970, later than that. A date that does not exist is refused.
[[nodiscard]] Result<std::uint64_t> parse_signer_time(std::string_view text);

/// The second that `time` lies in; 0 before 1970.
[[nodiscard]] std::uint64_t whole_seconds(WallTime time);

}  // namespace jitgate::signature
