#include "agent/config/map_reader.hpp"
#include "agent/config/sections.hpp"

namespace jitgate {
namespace {

/// Each port may stand for five transports, and the kernel takes at most 900 elements in one message.
constexpr std::size_t kMaxPolicyPorts = 180;
constexpr std::size_t kMaxAlwaysAllow = 256;

void read_authority(MapReader& map) {
  const auto field = map.get("authority");
  if (!field || scalar_text(*field) == "file") return;
  if (scalar_text(*field) == "api" || field->node().kind == YamlNode::Kind::mapping) {
    field->not_supported("write authority: file");
  } else {
    field->wrong(shown(*field) + " is not known", "file");
  }
}

bool overlap(const PolicyPortReading& a, const PolicyPortReading& b) {
  if (!a.number || !b.number || !a.protocol || !b.protocol || *a.number != *b.number) return false;
  return contains(*a.protocol, *b.protocol) || contains(*b.protocol, *a.protocol);
}

std::string name_of(const PolicyPortReading& port) {
  return std::to_string(port.number->value()) + "/" + std::string(to_string(*port.protocol));
}

void report_overlap(const PolicyPortReading& port, const std::vector<PolicyPortReading>& earlier) {
  for (const PolicyPortReading& other : earlier) {
    if (!overlap(port, other)) continue;
    port.field.wrong(name_of(port) + " overlaps " + other.field.path() + " (" + name_of(other) + ")",
                     "each port and protocol once");
    return;
  }
}

void read_ports(MapReader& map, Policy& policy) {
  constexpr const char* kExpected = "a list of ports ([] protects nothing)";
  const auto field = map.require("ports", kExpected);
  const auto elements = field ? read_list(*field, kExpected, 0, kMaxPolicyPorts) : std::nullopt;
  if (!elements) return;
  std::vector<PolicyPortReading> readings;
  for (const Field& element : *elements) {
    PolicyPortReading reading = read_policy_port(element);
    report_overlap(reading, readings);
    if (reading.port) policy.ports.push_back(*reading.port);
    readings.push_back(std::move(reading));
  }
}

void read_always_allow(MapReader& map, Policy& policy) {
  const auto field = map.get("alwaysAllow");
  if (!field) return;
  assign(policy.always_allow, read_prefixes(*field, 0, kMaxAlwaysAllow));
  for (const AddressPrefix& prefix : policy.always_allow) {
    if (prefix.length() != 0) continue;
    field->wrong(prefix.to_string() + " would leave every port open to everyone", "the addresses of a bastion");
  }
}

}  // namespace

void read_policy(const Field& field, Config& config) {
  MapReader map(field);
  read_authority(map);
  read_ports(map, config.policy);
  read_always_allow(map, config.policy);
  map.done();
}

}  // namespace jitgate
