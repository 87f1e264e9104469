#include <chrono>

#include "agent/config/map_reader.hpp"
#include "agent/config/sections.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

constexpr Duration kShortestAccess = 1min;
constexpr Duration kLongestAccess = 30 * 24h;
constexpr Duration kDefaultAccess = 3h;

std::optional<PortNumber> read_number(MapReader& map) {
  const auto field = map.require("number", "a port from 1 to 65535");
  const auto number = field ? read_integer(*field, 1, 65535) : std::nullopt;
  if (!number) return std::nullopt;
  return PortNumber::from(*number).value();
}

std::optional<Protocol> read_protocol(MapReader& map) {
  constexpr const char* kExpected = "TCP, UDP or \"*\"";
  const auto field = map.require("protocol", kExpected);
  if (!field) return std::nullopt;
  const auto protocol = parse_protocol(scalar_text(*field).value_or(std::string_view{}));
  if (protocol) return *protocol;
  field->wrong(shown(*field) + " is not a protocol", kExpected);
  return std::nullopt;
}

std::optional<std::vector<AddressPrefix>> read_allowed_sources(MapReader& map) {
  // An exported Azure policy has both keys and a null in one of them.
  const auto one = map.get_unless_null("allowedSourceAddressPrefix");
  const auto many = map.get_unless_null("allowedSourceAddressPrefixes");
  if (one && many) {
    many->wrong("stands beside allowedSourceAddressPrefix", "only one of the two");
    return std::nullopt;
  }
  if (one) return read_prefix_or_any(*one);
  if (many) return read_prefixes_or_any(*many);
  map.report_missing("allowedSourceAddressPrefix",
                     "a prefix or \"*\" (every address), or allowedSourceAddressPrefixes");
  return std::nullopt;
}

std::optional<OnExpiry> read_on_expiry(const Field& field) {
  if (field.node().kind != YamlNode::Kind::mapping) {
    if (scalar_text(field) == "keep") return KeepEstablished{};
    if (scalar_text(field) == "terminate") return TerminateEstablished{};
    field.wrong(shown(field) + " is not known", "keep | terminate | {keepAtMost: PT8H}");
    return std::nullopt;
  }
  MapReader map(field);
  std::optional<OnExpiry> on_expiry;
  if (const auto most = map.require("keepAtMost", "an ISO 8601 duration")) {
    if (const auto after = read_duration(*most, kShortestAccess, kLongestAccess)) on_expiry = KeepAtMost{*after};
  }
  map.done();
  return on_expiry;
}

std::optional<Duration> read_max_duration(MapReader& map) {
  const auto field = map.get("maxRequestAccessDuration");
  return field ? read_duration(*field, kShortestAccess, kLongestAccess) : kDefaultAccess;
}

std::optional<bool> read_optional_boolean(MapReader& map, std::string_view key) {
  const auto field = map.get(key);
  return field ? read_boolean(*field) : false;
}

}  // namespace

PolicyPortReading read_policy_port(const Field& field) {
  MapReader map(field);
  PolicyPortReading reading{field, read_number(map), read_protocol(map), std::nullopt};
  const auto sources = read_allowed_sources(map);
  const auto max_duration = read_max_duration(map);
  const auto require_approval = read_optional_boolean(map, "requireApproval");
  const auto require_justification = read_optional_boolean(map, "requireJustification");
  std::optional<OnExpiry> on_expiry = KeepEstablished{};
  if (const auto given = map.get("onExpiry")) on_expiry = read_on_expiry(*given);
  map.done();
  if (reading.number && reading.protocol && sources && max_duration && require_approval && require_justification &&
      on_expiry) {
    reading.port = PolicyPort{*reading.number,        *reading.protocol, *sources,         *max_duration,
                              *require_justification, *on_expiry,        *require_approval};
  }
  return reading;
}

}  // namespace jitgate
