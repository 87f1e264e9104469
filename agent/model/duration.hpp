#pragma once

#include <string>
#include <string_view>

#include "agent/model/clock.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// A positive length of time. ISO 8601 (`PT3H`, `P1DT12H`, `PT1H30M`; weeks `P2W`; no years or months, whose length
/// varies; no fractions), or the short form people type (`90s`, `30m`, `1h`, `1h30m`, `7d`). Case matters for ISO, not
/// for the short form. Refused: zero, signs, spaces, a bare number, units out of order, more than 10 years.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);

/// ISO 8601 only, for configuration and documents.
[[nodiscard]] Result<Duration> parse_iso_duration(std::string_view text);

/// ISO 8601, whole seconds (rounded down): "PT3H", "P1DT30M", "PT0S".
[[nodiscard]] std::string to_iso_duration(Duration duration);

/// For people, at most two units: "2h 59m", "45s", "3d 4h".
[[nodiscard]] std::string to_short_duration(Duration duration);

}  // namespace jitgate
