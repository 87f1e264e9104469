#include "agent/api/azure_resource.hpp"

#include <boost/json/array.hpp>

#include "agent/config/policy_document.hpp"
#include "agent/model/duration.hpp"
#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

namespace json = boost::json;

json::object policy_port(const PolicyPort& port) {
  json::object object{{"number", port.number.value()}, {"protocol", to_string(port.protocol)}};
  put_sources(object, port.allowed_sources);
  object["maxRequestAccessDuration"] = to_iso_duration(port.max_duration);
  return object;
}

/// Azure knows no empty reason: what is open was requested.
std::string_view reason_of(const PortState& state) {
  return to_string(state.reason == StatusReason::none ? StatusReason::user_requested : state.reason);
}

/// What waits for a second person is not open.
std::string_view status_of(const PortState& state) {
  return state.reason == StatusReason::pending ? "Initiating" : to_string(state.status);
}

json::object request_port(const GrantPort& port, const PortState& state) {
  return {{"number", port.number.value()},
          {"allowedSourceAddressPrefix", port.source.to_string()},
          {"endTimeUtc", azure_time(port.end)},
          {"status", status_of(state)},
          {"statusReason", reason_of(state)}};
}

}  // namespace

std::string azure_time(WallTime time) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(time);
  const auto ticks = std::to_string((time - whole).count() / 100);
  std::string text = to_string(WallTime(whole));
  text.pop_back();
  return text + "." + std::string(7 - ticks.size(), '0') + ticks + "Z";
}

json::object azure_request(const AzureView& view, const GrantRecord& record) {
  json::array ports;
  for (std::size_t i = 0; i < record.grant.ports.size(); ++i) {
    ports.push_back(request_port(record.grant.ports[i], record.states.at(i)));
  }
  json::object machine{{"id", view.scope.machine_id(view.host)}};
  machine["ports"] = std::move(ports);
  json::object request;
  request["virtualMachines"] = json::array{std::move(machine)};
  request["startTimeUtc"] = azure_time(record.grant.start);
  request["requestor"] = record.grant.requestor;
  if (!record.grant.justification.empty()) request["justification"] = record.grant.justification;
  return request;
}

json::object azure_receipt(const AzureView& view, const GrantReceipt& receipt) {
  json::object request = azure_request(view, receipt.record);
  if (receipt.open) return request;
  for (json::value& port : request["virtualMachines"].as_array()[0].as_object()["ports"].as_array()) {
    if (port.as_object()["status"].as_string() == to_string(Status::initiated))
      port.as_object()["status"] = "Initiating";
  }
  return request;
}

json::object azure_policy(const AzureView& view, const Policy& policy, std::span<const GrantRecord> grants) {
  json::array ports;
  for (const PolicyPort& port : policy.ports) ports.push_back(policy_port(port));
  json::object machine{{"id", view.scope.machine_id(view.host)}};
  machine["ports"] = std::move(ports);
  json::array requests;
  for (const GrantRecord& record : grants) requests.push_back(azure_request(view, record));
  json::object properties;
  properties["virtualMachines"] = json::array{std::move(machine)};
  properties["requests"] = std::move(requests);
  properties["provisioningState"] = "Succeeded";
  json::object resource{{"kind", "Basic"}};
  resource["properties"] = std::move(properties);
  resource["id"] = view.scope.policy_id(kAzurePolicyName);
  resource["name"] = kAzurePolicyName;
  resource["type"] = "Microsoft.Security/locations/jitNetworkAccessPolicies";
  resource["location"] = view.scope.location;
  return resource;
}

}  // namespace jitgate
