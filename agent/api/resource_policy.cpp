#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "agent/api/error_reply.hpp"
#include "agent/api/resource.hpp"
#include "agent/config/policy_document.hpp"
#include "agent/doctor/management_port.hpp"

namespace jitgate {
namespace {

boost::json::array prefixes_to_json(const std::vector<AddressPrefix>& prefixes) {
  boost::json::array array;
  for (const AddressPrefix& prefix : prefixes) array.emplace_back(prefix.to_string());
  return array;
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

boost::json::value policy_to_json(const Config& config) {
  const Policy& policy = config.policy;
  boost::json::array ports;
  for (const PolicyPort& port : policy.ports) ports.push_back(to_json(port));
  boost::json::array recommended;
  for (const std::uint16_t number : doctor::recommended_ports()) recommended.emplace_back(number);
  boost::json::object object;
  object["authority"] = name_of(config.policy_authority);
  object["ports"] = std::move(ports);
  object["alwaysAllow"] = prefixes_to_json(policy.always_allow);
  object["minimumPrefixLength"] = boost::json::object{{"ipv4", policy.limits.ipv4}, {"ipv6", policy.limits.ipv6}};
  object["recommendedPorts"] = std::move(recommended);
  return object;
}

Answer answer(Agent& agent, Caller, GetPolicy) {
  co_return json_reply(policy_to_json(agent.config()));
}

/// Answers with the policy as it is afterwards.
Answer answer(Agent& agent, Caller caller, PutPolicy call) {
  const Result<void> done = co_await agent.set_policy(std::move(caller), std::move(call.ports));
  if (!done) co_return error_reply(done.error());
  co_return json_reply(policy_to_json(agent.config()));
}

Answer answer(Agent& agent, Caller caller, DeletePolicy) {
  const Result<bool> done = co_await agent.delete_policy(std::move(caller));
  if (!done) co_return error_reply(done.error());
  HttpReply reply;
  reply.status = http::status::no_content;
  co_return reply;
}

Answer answer(Agent&, Caller, CheckPolicy call) {
  co_return json_reply(check_to_json(parse_config(call.yaml, call.name)));
}

}  // namespace jitgate
