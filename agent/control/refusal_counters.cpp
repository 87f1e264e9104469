#include "agent/control/refusal_counters.hpp"

namespace jitgate {
namespace {

/// "ports[0].endTimeUtc" -> "endTimeUtc", "ports[3]" -> "ports": which element it was would be a series of its own.
std::string field_of(const std::string& target) {
  const auto dot = target.rfind('.');
  const std::string field = dot == std::string::npos ? target : target.substr(dot + 1);
  return field.substr(0, field.find('['));
}

}  // namespace

RefusalCounters::RefusalCounters() {
  for (const errc code : {errc::invalid_argument, errc::not_supported, errc::not_permitted, errc::not_found,
                          errc::refused, errc::conflict, errc::too_many, errc::unavailable, errc::store_failed,
                          errc::firewall_failed, errc::system_failed}) {
    totals_.by_reason[std::string(to_string(code))] = 0;
  }
  for (const char* field : {"number", "allowedSourceAddressPrefix", "endTimeUtc", "startTimeUtc", "justification",
                            "virtualMachine", "ports"})
    totals_.by_field[field] = 0;
}

void RefusalCounters::add(const Error& why) {
  ++totals_.by_reason[std::string(to_string(why.code))];
  if (why.code != errc::refused) return;
  const auto count = [this](const Error& rule) {
    // Only what is there from the start: a target that names what the caller sent must not become a series.
    if (const auto found = totals_.by_field.find(field_of(rule.target)); found != totals_.by_field.end())
      ++found->second;
  };
  if (why.details.empty()) count(why);
  for (const Error& detail : why.details) count(detail);
}

}  // namespace jitgate
