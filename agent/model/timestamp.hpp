#pragma once

#include <string>
#include <string_view>

#include "agent/model/clock.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// RFC 3339 with up to 9 fractional digits and a zone that is `Z` or an offset: "2026-11-21T18:00:00.1234567Z".
/// Refused: a missing zone, leap second 60, dates that do not exist, years outside 1970..2200 (the nanosecond range),
/// lower-case t/z.
[[nodiscard]] Result<WallTime> parse_timestamp(std::string_view text);

/// RFC 3339 UTC; the shortest of 0, 3, 6, 9 fractional digits that is exact: "2026-11-21T18:00:00Z".
[[nodiscard]] std::string to_string(WallTime time);

}  // namespace jitgate
