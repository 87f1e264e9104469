#include "agent/model/duration.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

namespace jitgate {
namespace {

using std::chrono::seconds;

constexpr seconds kLongest = std::chrono::years(10);
constexpr seconds kMinute{60};
constexpr seconds kHour{3600};
constexpr seconds kDay{86400};
constexpr seconds kWeek{7 * 86400};
/// More digits than any count of seconds in ten years; keeps the sums far from overflow.
constexpr std::size_t kMaxDigits = 10;

struct Unit {
  char letter;
  seconds length;
};
constexpr std::array kTimeUnits{Unit{'H', kHour}, Unit{'M', kMinute}, Unit{'S', seconds(1)}};
constexpr std::array kShortUnits{Unit{'d', kDay}, Unit{'h', kHour}, Unit{'m', kMinute}, Unit{'s', seconds(1)}};

/// Takes the digits at the front of `text`; nullopt when there are none or too many.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::size_t digits = 0;
  std::int64_t number = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    if (digits == kMaxDigits) return std::nullopt;
    number = number * 10 + (text[digits++] - '0');
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

/// One or more "<number><unit>", each unit at most once and in the order of `units`, up to the end of `text`.
template <class Units>
std::optional<seconds> sum_of_units(std::string_view text, const Units& units, bool any_case) {
  seconds sum{0};
  auto next = units.begin();
  do {
    const auto number = take_number(text);
    if (!number || text.empty()) return std::nullopt;
    char letter = text[0];
    if (any_case && letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    const auto unit = std::find_if(next, units.end(), [&](const Unit& u) { return u.letter == letter; });
    if (unit == units.end()) return std::nullopt;
    if (*number > kLongest / unit->length + 1) return kLongest + seconds(1);
    sum += *number * unit->length;
    next = unit + 1;
    text.remove_prefix(1);
  } while (!text.empty());
  return sum;
}

std::optional<seconds> parse_iso(std::string_view text) {
  if (text.empty() || text[0] != 'P') return std::nullopt;
  text.remove_prefix(1);
  const std::size_t t = text.find('T');
  const std::string_view date = text.substr(0, t);
  if (date.empty() && t == std::string_view::npos) return std::nullopt;
  seconds sum{0};
  if (!date.empty()) {
    const bool weeks = date.back() == 'W' && t == std::string_view::npos;
    const std::array unit{weeks ? Unit{'W', kWeek} : Unit{'D', kDay}};
    const auto days = sum_of_units(date, unit, false);
    if (!days) return std::nullopt;
    sum = *days;
  }
  if (t == std::string_view::npos) return sum;
  const auto time = sum_of_units(text.substr(t + 1), kTimeUnits, false);
  if (!time) return std::nullopt;
  return sum + *time;
}

Result<Duration> checked(std::optional<seconds> length, const char* expected) {
  if (!length) return error(errc::invalid_argument, expected);
  if (*length == seconds(0)) return error(errc::invalid_argument, "a duration must be longer than zero");
  if (*length > kLongest) return error(errc::invalid_argument, "a duration of more than 10 years cannot be used");
  return Duration(*length);
}

/// Whole seconds, never negative.
seconds whole_seconds(Duration duration) {
  return std::max(seconds(0), std::chrono::duration_cast<seconds>(duration));
}

}  // namespace

Result<Duration> parse_iso_duration(std::string_view text) {
  return checked(parse_iso(text), "not an ISO 8601 duration such as PT3H, PT1H30M or P1D");
}

Result<Duration> parse_duration(std::string_view text) {
  if (!text.empty() && text[0] == 'P') return parse_iso_duration(text);
  return checked(sum_of_units(text, kShortUnits, true), "not a duration such as 90s, 30m, 1h30m, 7d or PT1H");
}

std::string to_iso_duration(Duration duration) {
  seconds rest = whole_seconds(duration);
  if (rest == seconds(0)) return "PT0S";
  std::string text = "P";
  if (const auto days = rest / kDay; days > 0) text += std::to_string(days) + "D";
  rest %= kDay;
  if (rest == seconds(0)) return text;
  text += 'T';
  for (const Unit& unit : kTimeUnits) {
    if (const auto count = rest / unit.length; count > 0) text += std::to_string(count) + unit.letter;
    rest %= unit.length;
  }
  return text;
}

std::string to_short_duration(Duration duration) {
  seconds rest = whole_seconds(duration);
  for (std::size_t i = 0; i < kShortUnits.size(); ++i) {
    const Unit& unit = kShortUnits[i];
    const auto count = rest / unit.length;
    if (count == 0) continue;
    std::string text = std::to_string(count) + unit.letter;
    if (i + 1 == kShortUnits.size()) return text;
    const Unit& next = kShortUnits[i + 1];
    if (const auto smaller = rest % unit.length / next.length; smaller > 0) {
      text += " " + std::to_string(smaller) + next.letter;
    }
    return text;
  }
  return "0s";
}

}  // namespace jitgate
