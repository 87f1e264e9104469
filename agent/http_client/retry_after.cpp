#include "agent/http_client/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace jitgate {
namespace {

using namespace std::chrono;

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<int> number(std::string_view digits) {
  int value = 0;
  if (!all_digits(digits)) return std::nullopt;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return code == std::errc() ? std::optional(value) : std::nullopt;
}

std::optional<month> month_named(std::string_view name) {
  constexpr std::array<std::string_view, 12> kNames = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return month(static_cast<unsigned>(found - kNames.begin()) + 1);
}

/// "Sun, 06 Nov 1994 08:49:37 GMT": every place is fixed.
std::optional<WallTime> parse_date(std::string_view text) {
  constexpr std::string_view kShape = "..., .. ... .... ..:..:.. GMT";
  if (text.size() != kShape.size()) return std::nullopt;
  for (std::size_t i = 0; i < kShape.size(); ++i)
    if (kShape[i] != '.' && kShape[i] != text[i]) return std::nullopt;
  const auto d = number(text.substr(5, 2));
  const auto m = month_named(text.substr(8, 3));
  const auto y = number(text.substr(12, 4));
  const auto h = number(text.substr(17, 2)), min = number(text.substr(20, 2)), s = number(text.substr(23, 2));
  if (!d || !m || !y || !h || !min || !s || *y < 1970 || *y > 2200 || *h > 23 || *min > 59 || *s > 60)
    return std::nullopt;
  const year_month_day date{year(*y), *m, day(static_cast<unsigned>(*d))};
  if (!date.ok()) return std::nullopt;
  return WallTime(sys_days(date)) + hours(*h) + minutes(*min) + seconds(*s);
}

}  // namespace

std::optional<Duration> parse_retry_after(std::string_view value, WallTime now) {
  if (all_digits(value)) {
    const auto given = number(value);
    // More digits than a number has room for is a long time.
    return given ? std::min<Duration>(seconds(*given), kLongestRetryAfter) : kLongestRetryAfter;
  }
  const auto date = parse_date(value);
  if (!date) return std::nullopt;
  return std::clamp<Duration>(*date - now, Duration::zero(), kLongestRetryAfter);
}

}  // namespace jitgate
