#include "agent/source/azure/azure_policy_document.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>

#include "agent/config/policy_document.hpp"
#include "agent/model/strict_json.hpp"
#include "agent/model/utf8.hpp"
#include "agent/source/azure/azure_machine.hpp"
#include "agent/source/azure/azure_request.hpp"

namespace jitgate {
namespace {

namespace json = boost::json;

/// Values and keys of an answer; a request has some twenty.
constexpr std::size_t kMostValues = 1'000'000;

/// Of what Azure may add one day, nothing is known.
json::object known_fields(const json::object& port) {
  constexpr const char* kDuration = "maxRequestAccessDuration";
  json::object known;
  for (const char* key :
       {"number", "protocol", "allowedSourceAddressPrefix", "allowedSourceAddressPrefixes", kDuration}) {
    const auto* value = port.if_contains(key);
    const bool empty_list = value != nullptr && value->is_array() && value->get_array().empty();
    if (value != nullptr && !empty_list) known[key] = *value;
  }
  if (const std::int64_t number = azure_number(port); number != 0) known["number"] = number;
  // Azure requires it; what is left out is not made up. A null says so in the reader's words.
  if (!known.contains(kDuration)) known[kDuration] = nullptr;
  return known;
}

Result<std::vector<PolicyPort>> policy_ports(const json::object& machine) {
  const auto* list = list_of(machine, "ports");
  if (list == nullptr) return error(errc::invalid_argument, "is no list", "ports");
  if (list->empty()) return std::vector<PolicyPort>{};
  json::array known;
  for (const json::value& element : *list) {
    const auto* port = element.if_object();
    if (port == nullptr) return error(errc::invalid_argument, "holds what is no object", "ports");
    known.emplace_back(known_fields(*port));
  }
  return read_policy_ports(json::value(std::move(known)), "ports");
}

std::map<std::int64_t, std::set<std::string_view>> protocols_by_port(const json::object& machine) {
  std::map<std::int64_t, std::set<std::string_view>> protocols;
  const auto* list = list_of(machine, "ports");
  if (list == nullptr) return protocols;
  for (const json::value& element : *list) {
    const auto* port = element.if_object();
    if (port != nullptr) protocols[azure_number(*port)].insert(text_of(*port, "protocol"));
  }
  return protocols;
}

Result<const json::object*> properties_of(const json::value& resource) {
  const auto* object = resource.if_object();
  const auto* properties = object != nullptr ? object->if_contains("properties") : nullptr;
  const auto* found = properties != nullptr ? properties->if_object() : nullptr;
  if (found == nullptr || list_of(*found, "virtualMachines") == nullptr)
    return error(errc::invalid_argument, "the answer is no JIT policy: it has no properties.virtualMachines");
  return found;
}

Result<void> read_requests(const json::object& properties, const AzureRequestContext& context, AzurePolicy& policy) {
  const auto* requests = list_of(properties, "requests");
  if (requests == nullptr) return {};
  std::map<std::string, std::string> documents;
  for (const json::value& request : *requests) {
    if (const auto* object = request.if_object()) add_grants(*object, context, documents, policy.problems);
    if (documents.size() > kMaxAzureGrants)
      return error(errc::too_many, "the policy has more than " + std::to_string(kMaxAzureGrants) + " open requests");
  }
  for (auto& [id, bytes] : documents) policy.documents.push_back({id, std::move(bytes), std::nullopt});
  return {};
}

}  // namespace

Result<AzurePolicy> read_azure_policy(std::string_view body, std::string_view resource_id, std::string_view host) {
  const auto resource = parse_strict_json(body, {}, kMostValues);
  if (!resource) return error(errc::invalid_argument, "the answer is no JSON: " + resource.error().message);
  const auto properties = properties_of(*resource);
  if (!properties) return properties.error();
  const auto machine = find_machine(*list_of(**properties, "virtualMachines"), host);
  if (!machine) return machine.error();
  AzurePolicy policy;
  if (*machine == nullptr) {
    policy.problems.push_back("the policy has no virtual machine " + in_quotes(host) + " (host.id)");
    return policy;
  }
  auto ports = policy_ports(**machine);
  if (ports) {
    policy.ports = std::move(*ports);
  } else {
    policy.problems.push_back("the ports of the policy are not taken: " + describe(ports.error()));
  }
  const AzureRequestContext context{resource_id, host, text_of(**machine, "id"), protocols_by_port(**machine)};
  if (const auto read = read_requests(**properties, context, policy); !read) return read.error();
  return policy;
}

}  // namespace jitgate
