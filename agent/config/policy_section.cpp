#include "agent/config/map_reader.hpp"
#include "agent/config/sections.hpp"

namespace jitgate {
namespace {

/// Each port may stand for five transports, and the kernel takes at most 900 elements in one message.
constexpr std::size_t kMaxPolicyPorts = 180;
constexpr std::size_t kMaxAlwaysAllow = 256;

void read_authority(MapReader& map, Config& config) {
  const auto field = map.get("authority");
  if (!field) return;
  if (field->node().kind == YamlNode::Kind::mapping) return read_source_authority(*field, config);
  if (scalar_text(*field) == "source") {
    field->wrong("the source is not named", "{source: NAME, within: {lockable: [22], minimum: []}}");
    return;
  }
  assign(config.policy_authority,
         read_choice<PolicyAuthority>(*field, {{"file", PolicyAuthority::file}, {"api", PolicyAuthority::api}}));
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

void read_ports(MapReader& map, Config& config) {
  constexpr const char* kExpected = "a list of ports ([] protects nothing)";
  if (config.policy_authority == PolicyAuthority::file) {
    if (const auto field = map.require("ports", kExpected))
      read_policy_ports(*field, kExpected, 0, config.policy.ports);
    return;
  }
  // Two policies, one of which would be ignored: nobody could tell from the file what is locked.
  const auto field = map.get("ports");
  if (!field) return;
  if (config.policy_authority == PolicyAuthority::api) {
    field->wrong("stands beside authority: api, by which the ports are set through the API and kept in the store",
                 "no ports here (PUT /v1/policy), or authority: file");
  } else {
    field->wrong("stands beside authority: {source: …}, by which a source sets the ports and the store keeps them",
                 "no ports here, or authority: file");
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

void read_policy_ports(const Field& field, const std::string& expected, std::size_t min,
                       std::vector<PolicyPort>& ports) {
  const auto elements = read_list(field, expected, min, kMaxPolicyPorts);
  if (!elements) return;
  std::vector<PolicyPortReading> readings;
  for (const Field& element : *elements) {
    PolicyPortReading reading = read_policy_port(element);
    report_overlap(reading, readings);
    if (reading.port) ports.push_back(*reading.port);
    readings.push_back(std::move(reading));
  }
}

void read_policy(const Field& field, Config& config) {
  MapReader map(field);
  read_authority(map, config);
  read_ports(map, config);
  read_always_allow(map, config.policy);
  map.done();
}

}  // namespace jitgate
