#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "agent/api/resource.hpp"
#include "agent/model/duration.hpp"

namespace jitgate {
namespace {

boost::json::array prefixes_to_json(const std::vector<AddressPrefix>& prefixes) {
  boost::json::array array;
  for (const AddressPrefix& prefix : prefixes) array.emplace_back(prefix.to_string());
  return array;
}

bool is_everything(const std::vector<AddressPrefix>& prefixes) {
  const auto holds = [&](Family family) {
    return std::ranges::find(prefixes, AddressPrefix::any(family)) != prefixes.end();
  };
  return prefixes.size() == 2 && holds(Family::ipv4) && holds(Family::ipv6);
}

boost::json::value on_expiry_to_json(const OnExpiry& on_expiry) {
  if (std::holds_alternative<TerminateEstablished>(on_expiry)) return boost::json::value("terminate");
  if (const auto* limited = std::get_if<KeepAtMost>(&on_expiry)) {
    return boost::json::object{{"keepAtMost", to_iso_duration(limited->after)}};
  }
  return boost::json::value("keep");
}

boost::json::object port_to_json(const PolicyPort& port) {
  boost::json::object object{{"number", port.number.value()}, {"protocol", to_string(port.protocol)}};
  put_sources(object, port.allowed_sources);
  object["maxRequestAccessDuration"] = to_iso_duration(port.max_duration);
  object["requireApproval"] = port.require_approval;
  object["requireJustification"] = port.require_justification;
  object["onExpiry"] = on_expiry_to_json(port.on_expiry);
  return object;
}

boost::json::value check_to_json(const Result<Config>& config) {
  boost::json::array errors;
  const auto add = [&](const Error& one) {
    errors.push_back(
        boost::json::object{{"code", to_string(one.code)}, {"message", one.message}, {"target", one.target}});
  };
  if (!config) {
    for (const Error& detail : config.error().details) add(detail);
    if (config.error().details.empty()) add(config.error());
  }
  boost::json::object verdict{{"valid", config.has_value()}};
  verdict["errors"] = std::move(errors);
  return verdict;
}

}  // namespace

void put_sources(boost::json::object& object, const std::vector<AddressPrefix>& sources) {
  if (is_everything(sources)) {
    object["allowedSourceAddressPrefix"] = "*";
  } else if (sources.size() == 1) {
    object["allowedSourceAddressPrefix"] = sources.front().to_string();
  } else {
    object["allowedSourceAddressPrefixes"] = prefixes_to_json(sources);
  }
}

boost::json::value policy_to_json(const Policy& policy) {
  boost::json::array ports;
  for (const PolicyPort& port : policy.ports) ports.push_back(port_to_json(port));
  boost::json::object object;
  object["ports"] = std::move(ports);
  object["alwaysAllow"] = prefixes_to_json(policy.always_allow);
  object["minimumPrefixLength"] = boost::json::object{{"ipv4", policy.limits.ipv4}, {"ipv6", policy.limits.ipv6}};
  return object;
}

Answer answer(Agent& agent, Caller, GetPolicy) {
  co_return json_reply(policy_to_json(agent.config().policy));
}

Answer answer(Agent&, Caller, CheckPolicy call) {
  co_return json_reply(check_to_json(parse_config(call.yaml, call.name)));
}

}  // namespace jitgate
