// The Azure-compatible API: paths and bodies of Microsoft.Security/locations/jitNetworkAccessPolicies.
#include <boost/json/array.hpp>

#include "agent/api/azure_scope.hpp"
#include "agent/api/client_request_id.hpp"
#include "agent/api/decode_fields.hpp"
#include "agent/config/policy_document.hpp"
#include "agent/model/grant_document.hpp"
#include "agent/model/strict_json.hpp"

namespace jitgate {
namespace {

Result<AzurePath> decode_path(const CallInput& input) {
  if (const Result<void> known = expect_query(input, {"api-version"}); !known) return known.error();
  const auto version = input.query.find("api-version");
  const std::string wanted = "this API is of version " + std::string(kAzureApiVersion);
  if (version == input.query.end()) return error(errc::invalid_argument, "missing: " + wanted, "api-version");
  if (version->second != kAzureApiVersion)
    return error(errc::invalid_argument, "is not supported: " + wanted, "api-version");
  return parse_azure_path(input.segments);
}

/// One machine: a host decides about itself alone, so a request for several cannot be granted as a whole.
Result<JsonObject> only_machine(const JsonObject& document) {
  const Result<const boost::json::array*> machines = document.list("virtualMachines", 1);
  if (!machines) return machines.error();
  return JsonObject::from((**machines)[0], document.path_of("virtualMachines") + "[0]", {"id", "ports"});
}

Result<std::string> machine_name(const JsonObject& machine) {
  const Result<std::string_view> id = machine.text("id");
  if (!id) return id.error();
  std::optional<std::string> name = azure_machine_name(*id);
  if (name) return std::move(*name);
  return error(errc::invalid_argument, "is not the resource id of a virtual machine", machine.path_of("id"));
}

Result<AccessRequest> decode_access(const JsonObject& document, const JsonObject& machine, const CallInput& input) {
  AccessRequest request;
  const Result<const boost::json::array*> list = machine.list("ports", kMaxGrantPorts);
  if (!list) return list.error();
  std::vector<Error> problems;
  for (std::size_t i = 0; i < (*list)->size(); ++i) {
    decode_port((**list)[i], machine.path_of("ports") + "[" + std::to_string(i) + "]", input.caller_address,
                request.ports, problems);
  }
  Result<std::string> justification = optional_justification(document);
  if (justification)
    request.justification = std::move(*justification);
  else
    problems.push_back(justification.error());
  check_total(request.ports, problems);
  if (input.client_request_id) {
    Result<ClientRequest> repeated = decode_client_request(*input.client_request_id, input.body, request.ports);
    if (repeated)
      request.client_request = std::move(*repeated);
    else
      problems.push_back(repeated.error());
  }
  if (!problems.empty()) return as_one_error(std::move(problems));
  return request;
}

/// What a GET shows may be sent back: id, name, type, location, provisioningState and requests are read-only here, and
/// `requests` in a policy asks for nothing.
Result<JsonObject> policy_properties(const boost::json::value& json) {
  const Result<JsonObject> policy =
      JsonObject::from(json, "", {"kind", "properties", "id", "name", "type", "location"});
  if (!policy) return policy;
  if (policy->has("kind")) {
    const Result<std::string_view> kind = policy->text("kind");
    if (!kind) return kind.error();
    if (*kind != "Basic") return error(errc::invalid_argument, "expected Basic", "kind");
  }
  const Result<const boost::json::value*> properties = policy->require("properties");
  if (!properties) return properties.error();
  return JsonObject::from(**properties, "properties", {"virtualMachines", "requests", "provisioningState"});
}

/// With Azure's fields only; nullopt where the machine names no ports.
Result<std::optional<std::vector<PolicyPort>>> policy_ports(const JsonObject& machine) {
  if (!machine.has("ports")) return std::optional<std::vector<PolicyPort>>{};
  const boost::json::value& list = **machine.require("ports");
  const std::string at = machine.path_of("ports");
  if (const auto* elements = list.if_array()) {
    for (std::size_t i = 0; i < elements->size(); ++i) {
      const Result<JsonObject> port = JsonObject::from((*elements)[i], at + "[" + std::to_string(i) + "]",
                                                       {"number", "protocol", "allowedSourceAddressPrefix",
                                                        "allowedSourceAddressPrefixes", "maxRequestAccessDuration"});
      if (!port) return port.error();
    }
  }
  Result<std::vector<PolicyPort>> ports = read_policy_ports(list, at);
  if (!ports) return ports.error();
  return std::optional(std::move(*ports));
}

}  // namespace

Result<ApiCall> decode_azure_list(const CallInput& input) {
  Result<AzurePath> path = decode_path(input);
  if (!path) return path.error();
  if (const Result<void> body = expect_no_body(input); !body) return body.error();
  return ApiCall(ListAzurePolicies{std::move(path->scope)});
}

Result<ApiCall> decode_azure_get(const CallInput& input) {
  Result<AzurePath> path = decode_path(input);
  if (!path) return path.error();
  if (const Result<void> body = expect_no_body(input); !body) return body.error();
  return ApiCall(GetAzurePolicy{std::move(*path)});
}

Result<ApiCall> decode_azure_put(const CallInput& input) {
  Result<AzurePath> path = decode_path(input);
  if (!path) return path.error();
  const Result<boost::json::value> json = parse_strict_json(input.body);
  if (!json) return json.error();
  const Result<JsonObject> properties = policy_properties(*json);
  if (!properties) return properties.error();
  const Result<JsonObject> machine = only_machine(*properties);
  if (!machine) return machine.error();
  Result<std::string> name = machine_name(*machine);
  if (!name) return name.error();
  Result<std::optional<std::vector<PolicyPort>>> ports = policy_ports(*machine);
  if (!ports) return ports.error();
  return ApiCall(PutAzurePolicy{std::move(*path), std::move(*name), std::move(*ports)});
}

Result<ApiCall> decode_azure_delete(const CallInput& input) {
  Result<AzurePath> path = decode_path(input);
  if (!path) return path.error();
  if (const Result<void> body = expect_no_body(input); !body) return body.error();
  return ApiCall(DeleteAzurePolicy{std::move(*path)});
}

Result<ApiCall> decode_azure_initiate(const CallInput& input) {
  Result<AzurePath> path = decode_path(input);
  if (!path) return path.error();
  const Result<boost::json::value> json = parse_strict_json(input.body);
  if (!json) return json.error();
  const Result<JsonObject> document = JsonObject::from(*json, "", {"virtualMachines", "justification"});
  if (!document) return document.error();
  const Result<JsonObject> machine = only_machine(*document);
  if (!machine) return machine.error();
  Result<std::string> name = machine_name(*machine);
  if (!name) return name.error();
  Result<AccessRequest> request = decode_access(*document, *machine, input);
  if (!request) return request.error();
  return ApiCall(InitiateAzureRequest{std::move(*path), std::move(*name), std::move(*request)});
}

}  // namespace jitgate
