#include "agent/model/duration.hpp"
#include "agent/model/timestamp.hpp"
#include "tests/fuzz/check.hpp"

using jitgate::fuzz::check;

namespace {

void check_duration(std::string_view text) {
  const auto duration = jitgate::parse_duration(text);
  const auto iso = jitgate::parse_iso_duration(text);
  if (iso) check(duration && *duration == *iso, "an ISO duration is a duration");
  if (!duration) return;
  check(*duration > jitgate::Duration::zero(), "a duration is positive");
  check(*duration <= jitgate::Duration(std::chrono::years(10)), "a duration is at most 10 years");
  check(jitgate::parse_iso_duration(jitgate::to_iso_duration(*duration)).value() == *duration,
        "a duration survives its ISO text");
  check(!jitgate::to_short_duration(*duration).empty(), "a duration can be shown");
}

void check_timestamp(std::string_view text) {
  const auto time = jitgate::parse_timestamp(text);
  if (!time) return;
  const std::string canonical = jitgate::to_string(*time);
  check(jitgate::parse_timestamp(canonical).value() == *time, "a time survives its text");
  check(jitgate::to_string(jitgate::parse_timestamp(canonical).value()) == canonical, "canonical text is stable");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = jitgate::fuzz::text_of(data, size);
  check_duration(text);
  check_timestamp(text);
  return 0;
}
