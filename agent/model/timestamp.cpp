#include "agent/model/timestamp.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>

namespace jitgate {
namespace {

using namespace std::chrono;

constexpr int kFirstYear = 1970;
constexpr int kLastYear = 2200;
constexpr std::size_t kMaxFraction = 9;

/// Reads from the front of a text; every step says whether the text was as expected.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool take(char expected) {
    if (!at(expected)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool at(char expected) const { return !rest_.empty() && rest_[0] == expected; }
  bool at_end() const { return rest_.empty(); }

  /// Exactly `width` digits with a value in [min, max].
  bool take_number(std::size_t width, int min, int max, int& value) {
    if (rest_.size() < width) return false;
    value = 0;
    for (const char c : rest_.substr(0, width)) {
      if (c < '0' || c > '9') return false;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(width);
    return value >= min && value <= max;
  }

  /// One to nine digits, as nanoseconds.
  bool take_fraction(nanoseconds& fraction) {
    std::size_t digits = 0;
    std::int64_t value = 0;
    while (digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9') {
      if (digits == kMaxFraction) return false;
      value = value * 10 + (rest_[digits++] - '0');
    }
    if (digits == 0) return false;
    rest_.remove_prefix(digits);
    for (; digits < kMaxFraction; ++digits) value *= 10;
    fraction = nanoseconds(value);
    return true;
  }

 private:
  std::string_view rest_;
};

std::optional<sys_days> take_date(Cursor& cursor) {
  int y = 0, m = 0, d = 0;
  if (!cursor.take_number(4, kFirstYear, kLastYear, y) || !cursor.take('-') || !cursor.take_number(2, 1, 12, m) ||
      !cursor.take('-') || !cursor.take_number(2, 1, 31, d)) {
    return std::nullopt;
  }
  const year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
  if (!date.ok()) return std::nullopt;
  return sys_days(date);
}

std::optional<nanoseconds> take_time_of_day(Cursor& cursor) {
  int h = 0, m = 0, s = 0;
  nanoseconds fraction{0};
  if (!cursor.take_number(2, 0, 23, h) || !cursor.take(':') || !cursor.take_number(2, 0, 59, m) || !cursor.take(':') ||
      !cursor.take_number(2, 0, 59, s)) {
    return std::nullopt;
  }
  if (cursor.take('.') && !cursor.take_fraction(fraction)) return std::nullopt;
  return hours(h) + minutes(m) + seconds(s) + fraction;
}

/// How far the zone is ahead of UTC.
std::optional<minutes> take_zone(Cursor& cursor) {
  if (cursor.take('Z')) return minutes(0);
  const bool behind = cursor.at('-');
  if (!cursor.take('-') && !cursor.take('+')) return std::nullopt;
  int h = 0, m = 0;
  if (!cursor.take_number(2, 0, 23, h) || !cursor.take(':') || !cursor.take_number(2, 0, 59, m)) return std::nullopt;
  const minutes offset = hours(h) + minutes(m);
  return behind ? -offset : offset;
}

std::optional<WallTime> parse(std::string_view text) {
  Cursor cursor(text);
  const auto date = take_date(cursor);
  if (!date || !cursor.take('T')) return std::nullopt;
  const auto time = take_time_of_day(cursor);
  if (!time) return std::nullopt;
  const auto zone = take_zone(cursor);
  if (!zone || !cursor.at_end()) return std::nullopt;
  const WallTime result = WallTime(*date) + *time - *zone;
  // The offset may carry the time over either edge of the range.
  const bool in_range =
      result >= sys_days(year(kFirstYear) / January / 1) && result < sys_days(year(kLastYear + 1) / January / 1);
  return in_range ? std::optional(result) : std::nullopt;
}

std::string fraction_text(nanoseconds fraction) {
  if (fraction == nanoseconds(0)) return {};
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, ".%09lld", static_cast<long long>(fraction.count()));
  std::string text = buffer;
  while (text.ends_with("000")) text.resize(text.size() - 3);
  return text;
}

}  // namespace

Result<WallTime> parse_timestamp(std::string_view text) {
  if (const auto time = parse(text)) return *time;
  return error(errc::invalid_argument, "not an RFC 3339 time with a zone, such as 2026-11-21T18:00:00Z");
}

std::string to_string(WallTime time) {
  const sys_days date = floor<days>(time);
  const year_month_day ymd(date);
  const hh_mm_ss<nanoseconds> clock(time - date);
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(ymd.year()),
                static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return buffer + fraction_text(clock.subseconds()) + "Z";
}

}  // namespace jitgate
