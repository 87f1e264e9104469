#include "agent/signature/signer_time.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <optional>

#include "agent/model/utf8.hpp"

namespace jitgate::signature {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

bool ends_with_word(std::string_view text, std::string_view word) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return text.size() > word.size() &&
         std::ranges::equal(text.substr(text.size() - word.size()), word, {}, lower, lower);
}

bool takes_zone(std::string_view& text) {
  for (const std::string_view zone : {"z", "utc"}) {
    if (!ends_with_word(text, zone)) continue;
    text.remove_suffix(zone.size());
    return true;
  }
  return false;
}

struct CivilTime {
  std::chrono::year_month_day date;
  int hour, minute, second;
};

std::optional<CivilTime> parse_civil(std::string_view digits) {
  const bool known_length = digits.size() == 8 || digits.size() == 12 || digits.size() == 14;
  if (!known_length || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  const auto field = [digits](std::size_t at, std::size_t count) {
    int value = 0;
    for (const char c : digits.substr(std::min(at, digits.size()), count)) value = 10 * value + (c - '0');
    return value;
  };
  const CivilTime time{{std::chrono::year(field(0, 4)), std::chrono::month(static_cast<unsigned>(field(4, 2))),
                        std::chrono::day(static_cast<unsigned>(field(6, 2)))},
                       field(8, 2),
                       field(10, 2),
                       field(12, 2)};
  if (!time.date.ok() || time.hour > 23 || time.minute > 59 || time.second > 59) return std::nullopt;
  return time;
}

std::int64_t utc_seconds(const CivilTime& time) {
  const auto since = sys_days(time.date).time_since_epoch();
  return std::chrono::seconds(since).count() + time.hour * 3600 + time.minute * 60 + time.second;
}

std::int64_t local_seconds(const CivilTime& time) {
  std::tm fields{};  // tm_isdst stays 0, as in OpenSSH's parse_absolute_time()
  fields.tm_year = static_cast<int>(time.date.year()) - 1900;
  fields.tm_mon = static_cast<int>(static_cast<unsigned>(time.date.month())) - 1;
  fields.tm_mday = static_cast<int>(static_cast<unsigned>(time.date.day()));
  fields.tm_hour = time.hour;
  fields.tm_min = time.minute;
  fields.tm_sec = time.second;
  return std::mktime(&fields);
}

}  // namespace

Result<std::uint64_t> parse_signer_time(std::string_view text) {
  std::string_view digits = text;
  const bool utc = takes_zone(digits);
  if (const auto time = parse_civil(digits)) {
    const std::int64_t seconds = utc ? utc_seconds(*time) : local_seconds(*time);
    if (seconds > 0) return static_cast<std::uint64_t>(seconds);
  }
  return error(errc::invalid_argument,
               in_quotes(text) + " is not a time YYYYMMDD[Z] or YYYYMMDDHHMM[SS][Z] after 1970");
}

std::uint64_t whole_seconds(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  return seconds < 0 ? 0 : static_cast<std::uint64_t>(seconds);
}

}  // namespace jitgate::signature
