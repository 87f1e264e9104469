#include <algorithm>

#include "agent/config/map_reader.hpp"
#include "agent/config/sections.hpp"

namespace jitgate {
namespace {

/// As many as a policy has ports.
constexpr std::size_t kMaxPorts = 180;

std::string name_of(const LockedPort& port) {
  return std::to_string(port.number.value()) + "/" + std::string(to_string(port.protocol));
}

bool covers(const LockedPort& outer, const LockedPort& inner) {
  return outer.number == inner.number && contains(outer.protocol, inner.protocol);
}

/// 22 (every protocol), "22/TCP", "53/UDP", "22/*".
std::optional<LockedPort> read_locked_port(const Field& field) {
  const std::string_view text = scalar_text(field).value_or(std::string_view());
  const std::size_t slash = text.find('/');
  const auto number = PortNumber::parse(text.substr(0, slash));
  const auto protocol =
      slash == std::string_view::npos ? Result<Protocol>(Protocol::any) : parse_protocol(text.substr(slash + 1));
  if (number && protocol) return LockedPort{*number, *protocol};
  field.wrong(shown(field) + " is not a port", "22 (every protocol), \"22/TCP\", \"22/UDP\" or \"22/*\"");
  return std::nullopt;
}

struct PortReading {
  Field field;
  LockedPort port;
};

std::vector<PortReading> read_locked_ports(const Field& field, std::size_t min) {
  std::vector<PortReading> readings;
  const auto elements = read_list(field, "a list of ports", min, kMaxPorts);
  if (!elements) return readings;
  for (const Field& element : *elements) {
    const auto port = read_locked_port(element);
    if (!port) continue;
    const auto overlaps = [&](const PortReading& other) {
      return covers(other.port, *port) || covers(*port, other.port);
    };
    if (const auto other = std::ranges::find_if(readings, overlaps); other != readings.end())
      element.wrong(name_of(*port) + " overlaps " + other->field.path() + " (" + name_of(other->port) + ")",
                    "each port and protocol once");
    readings.push_back({element, *port});
  }
  return readings;
}

std::vector<LockedPort> ports_of(const std::vector<PortReading>& readings) {
  std::vector<LockedPort> ports;
  for (const PortReading& reading : readings) ports.push_back(reading.port);
  return ports;
}

void read_within(const Field& field, SourceAuthority& authority) {
  MapReader map(field);
  std::vector<PortReading> minimum;
  const auto lockable = map.require("lockable", "the ports that the source may lock, such as [22]");
  if (lockable) authority.lockable = ports_of(read_locked_ports(*lockable, 1));
  if (const auto list = map.get("minimum")) minimum = read_locked_ports(*list, 0);
  map.done();
  authority.minimum = ports_of(minimum);
  if (authority.lockable.empty()) return;
  for (const PortReading& reading : minimum) {
    const auto covers_it = [&](const LockedPort& outer) { return covers(outer, reading.port); };
    if (std::ranges::any_of(authority.lockable, covers_it)) continue;
    reading.field.wrong(name_of(reading.port) + " stays locked, and the source may not lock it",
                        "a port that `lockable` holds with this protocol");
  }
}

void read_source_name(const Field& field, Config& config) {
  constexpr const char* kExpected = "the name of an http or azure source";
  const auto name = read_text(field, kExpected, 64);
  if (!name) return;
  config.source_authority.source = *name;
  const auto source = std::ranges::find(config.sources, *name, &SourceConfig::name);
  if (source == config.sources.end()) {
    field.wrong(shown(field) + " is not such a name in `sources`", kExpected);
  } else if (std::holds_alternative<DirectorySourceConfig>(source->settings)) {
    field.wrong(shown(field) + " is a directory, which carries no policy", kExpected);
  }
}

}  // namespace

void read_source_authority(const Field& field, Config& config) {
  MapReader map(field);
  config.policy_authority = PolicyAuthority::source;
  if (const auto source = map.require("source", "the name of an http or azure source"))
    read_source_name(*source, config);
  if (const auto within = map.require("within", "{lockable: [22], minimum: []}"))
    read_within(*within, config.source_authority);
  map.done();
}

}  // namespace jitgate
