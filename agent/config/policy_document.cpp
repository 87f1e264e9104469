#include "agent/config/policy_document.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "agent/config/map_reader.hpp"
#include "agent/config/sections.hpp"
#include "agent/config/yaml_parse.hpp"
#include "agent/model/duration.hpp"
#include "agent/model/strict_json.hpp"

namespace jitgate {
namespace {

namespace json = boost::json;

constexpr const char* kExpected = "a list of one port or more";
constexpr const char* kSource = "allowedSourceAddressPrefix";
constexpr const char* kSources = "allowedSourceAddressPrefixes";

bool is_everything(const std::vector<AddressPrefix>& prefixes) {
  const auto holds = [&](Family family) {
    return std::ranges::find(prefixes, AddressPrefix::any(family)) != prefixes.end();
  };
  return prefixes.size() == 2 && holds(Family::ipv4) && holds(Family::ipv6);
}

json::value on_expiry_to_json(const OnExpiry& on_expiry) {
  if (std::holds_alternative<TerminateEstablished>(on_expiry)) return json::value("terminate");
  if (const auto* limited = std::get_if<KeepAtMost>(&on_expiry)) {
    return json::object{{"keepAtMost", to_iso_duration(limited->after)}};
  }
  return json::value("keep");
}

YamlNode scalar(std::string text, bool quoted) {
  YamlNode node;
  node.kind = YamlNode::Kind::scalar;
  node.text = std::move(text);
  node.quoted = quoted;
  return node;
}

/// So that one reader judges both. JSON's strings are text whatever they look like, as quoted scalars are.
YamlNode to_node(const json::value& value) {
  if (const auto* text = value.if_string()) return scalar(std::string(text->data(), text->size()), true);
  if (value.is_null()) return {};
  if (value.is_bool() || value.is_number()) return scalar(json::serialize(value), false);
  YamlNode node;
  if (const auto* array = value.if_array()) {
    node.kind = YamlNode::Kind::sequence;
    for (const json::value& element : *array) node.items.push_back(to_node(element));
    return node;
  }
  node.kind = YamlNode::Kind::mapping;
  for (const auto& [key, element] : value.get_object()) {
    node.keys.push_back(scalar(std::string(key), true));
    node.items.push_back(to_node(element));
  }
  return node;
}

bool names_sources(const YamlNode& port) {
  for (std::size_t i = 0; i < port.keys.size(); ++i) {
    const bool source = port.keys[i].text == kSource || port.keys[i].text == kSources;
    if (source && port.items[i].kind != YamlNode::Kind::null) return true;
  }
  return false;
}

/// The field's default for a new policy: who may ask is everybody; what a request asks for is narrow.
void default_sources(YamlNode& list) {
  for (YamlNode& port : list.items) {
    if (port.kind != YamlNode::Kind::mapping || names_sources(port)) continue;
    for (std::size_t i = port.keys.size(); i-- > 0;) {
      if (port.keys[i].text != kSource) continue;
      port.keys.erase(port.keys.begin() + static_cast<std::ptrdiff_t>(i));
      port.items.erase(port.items.begin() + static_cast<std::ptrdiff_t>(i));
    }
    port.keys.push_back(scalar(kSource, false));
    port.items.push_back(scalar("*", true));
  }
}

Error one_or_all(Problems& problems) {
  Error all = problems.take();
  return all.details.size() == 1 ? all.details.front() : all;
}

Result<std::vector<PolicyPort>> read(YamlNode list, const std::string& path, Problems& problems) {
  default_sources(list);
  std::vector<PolicyPort> ports;
  read_policy_ports(Field(list, path, problems), kExpected, 1, ports);
  if (!problems.empty()) return one_or_all(problems);
  return ports;
}

}  // namespace

void put_sources(json::object& object, const std::vector<AddressPrefix>& sources) {
  if (is_everything(sources)) {
    object[kSource] = "*";
  } else if (sources.size() == 1) {
    object[kSource] = sources.front().to_string();
  } else {
    json::array all;
    for (const AddressPrefix& prefix : sources) all.emplace_back(prefix.to_string());
    object[kSources] = std::move(all);
  }
}

json::object to_json(const PolicyPort& port) {
  json::object object{{"number", port.number.value()}, {"protocol", to_string(port.protocol)}};
  put_sources(object, port.allowed_sources);
  object["maxRequestAccessDuration"] = to_iso_duration(port.max_duration);
  object["requireApproval"] = port.require_approval;
  object["requireJustification"] = port.require_justification;
  object["onExpiry"] = on_expiry_to_json(port.on_expiry);
  return object;
}

Result<std::vector<PolicyPort>> read_policy_ports(const json::value& list, const std::string& path) {
  Problems problems{std::string()};
  return read(to_node(list), path, problems);
}

Result<std::vector<PolicyPort>> parse_policy_file(std::string_view yaml, std::string_view name) {
  Problems problems{std::string(name)};
  const auto parsed = parse_yaml(yaml);
  if (const auto* failure = std::get_if<YamlFailure>(&parsed)) {
    problems.add(failure->at, {}, failure->what);
    return problems.take();
  }
  MapReader map(Field(std::get<YamlNode>(parsed), {}, problems));
  std::vector<PolicyPort> ports;
  if (const auto field = map.require("ports", kExpected)) {
    YamlNode list = field->node();
    default_sources(list);
    read_policy_ports(Field(list, field->path(), problems), kExpected, 1, ports);
  }
  map.done();
  if (!problems.empty()) return problems.take();
  return ports;
}

std::string write_policy(std::span<const PolicyPort> ports) {
  json::array list;
  for (const PolicyPort& port : ports) list.push_back(to_json(port));
  return json::serialize(list);
}

Result<std::vector<PolicyPort>> parse_policy(std::string_view text) {
  const Result<json::value> list = parse_strict_json(text);
  if (!list) return list.error();
  if (list->is_array() && list->get_array().empty()) return std::vector<PolicyPort>{};
  return read_policy_ports(*list, "policy");
}

}  // namespace jitgate
