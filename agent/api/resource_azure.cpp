// The Azure-compatible API over the one policy of this host.
#include <algorithm>
#include <boost/json/array.hpp>

#include "agent/api/azure_error.hpp"
#include "agent/api/azure_resource.hpp"
#include "agent/api/resource.hpp"

namespace jitgate {
namespace {

/// How many requests that have ended a resource still shows, so that a busy host's answer stays small.
constexpr std::size_t kEndedShown = 100;

HttpReply azure_reply(const boost::json::value& value, http::status status = http::status::ok) {
  HttpReply reply = json_reply(value, status);
  reply.content_type = "application/json; charset=utf-8";
  return reply;
}

/// Newest first among those that have ended: ids sort by time.
std::vector<GrantRecord> shown(std::vector<GrantReceipt> grants) {
  std::vector<GrantRecord> records;
  records.reserve(grants.size());
  for (GrantReceipt& grant : grants) records.push_back(std::move(grant.record));
  const auto ended =
      std::stable_partition(records.begin(), records.end(), [](const GrantRecord& record) { return record.active(); });
  std::sort(ended, records.end(),
            [](const GrantRecord& a, const GrantRecord& b) { return a.grant.start > b.grant.start; });
  const auto count = std::min<std::ptrdiff_t>(records.end() - ended, kEndedShown);
  records.erase(ended + count, records.end());
  return records;
}

boost::asio::awaitable<Result<boost::json::object>> resource_of(Agent& agent, Caller caller, AzureScope scope) {
  Result<std::vector<GrantReceipt>> grants = co_await agent.grants(std::move(caller), true);
  if (!grants) co_return grants.error();
  const std::string host = agent.status().host;
  co_return azure_policy({std::move(scope), host}, agent.config().policy, shown(std::move(*grants)));
}

Error no_such_policy(const AzurePath& path) {
  return error(errc::not_found, "The resource '" + path.scope.policy_id(path.name) + "' was not found: the policy of " +
                                    "this host is '" + std::string(kAzurePolicyName) + "'.");
}

bool set_by_api(const Config& config) {
  return config.policy_authority == PolicyAuthority::api;
}

/// A policy by API is there once it is put; the file's always is.
bool has_policy(const Config& config) {
  return !set_by_api(config) || !config.policy.ports.empty();
}

bool is_named(const AzurePath& path) {
  return azure_equal(path.name, kAzurePolicyName);
}

bool is_there(Agent& agent, const AzurePath& path) {
  return is_named(path) && has_policy(agent.config());
}

Error other_machine(const std::string& host, const char* target) {
  return error(errc::refused, "is not a virtual machine of this policy: this host is " + host, target);
}

/// Why this policy cannot be put here. Where the file has the say, the agent says so.
std::optional<Error> not_put_here(Agent& agent, const PutAzurePolicy& call) {
  if (!set_by_api(agent.config())) return std::nullopt;
  if (!is_named(call.path)) {
    return error(errc::conflict, "A host has one policy, '" + std::string(kAzurePolicyName) + "'.",
                 "jitNetworkAccessPolicyName");
  }
  const std::string host = agent.status().host;
  if (!azure_equal(call.machine, host)) return other_machine(host, "properties.virtualMachines[0].id");
  return std::nullopt;
}

/// What Azure has no word for (approval, justification, what becomes of connections) stays as it is for a port that
/// stays: a client that knows only Azure's fields must not take it away by sending back what it was shown.
void keep_own_rules(const Policy& policy, std::vector<PolicyPort>& ports) {
  for (PolicyPort& port : ports) {
    for (const PolicyPort& before : policy.ports) {
      if (before.number != port.number || before.protocol != port.protocol) continue;
      port.require_approval = before.require_approval;
      port.require_justification = before.require_justification;
      port.on_expiry = before.on_expiry;
    }
  }
}

}  // namespace

Answer answer(Agent& agent, Caller caller, ListAzurePolicies call) {
  boost::json::array policies;
  if (has_policy(agent.config())) {
    Result<boost::json::object> resource = co_await resource_of(agent, std::move(caller), std::move(call.scope));
    if (!resource) co_return azure_error_reply(resource.error());
    policies.push_back(std::move(*resource));
  }
  boost::json::object list;
  list["value"] = std::move(policies);
  co_return azure_reply(list);
}

Answer answer(Agent& agent, Caller caller, GetAzurePolicy call) {
  if (!is_there(agent, call.path)) co_return azure_error_reply(no_such_policy(call.path));
  const Result<boost::json::object> resource =
      co_await resource_of(agent, std::move(caller), std::move(call.path.scope));
  if (!resource) co_return azure_error_reply(resource.error());
  co_return azure_reply(*resource);
}

Answer answer(Agent& agent, Caller caller, PutAzurePolicy call) {
  if (const auto elsewhere = not_put_here(agent, call)) {
    agent.record_refusal(caller, "Microsoft.Security/locations/jitNetworkAccessPolicies/write", *elsewhere);
    co_return azure_error_reply(*elsewhere);
  }
  if (call.ports) keep_own_rules(agent.config().policy, *call.ports);
  const Result<void> done = co_await agent.set_policy(caller, std::move(call.ports));
  if (!done) co_return azure_error_reply(done.error());
  const Result<boost::json::object> resource =
      co_await resource_of(agent, std::move(caller), std::move(call.path.scope));
  if (!resource) co_return azure_error_reply(resource.error());
  co_return azure_reply(*resource);
}

/// 200 where there was one; what is not there is gone already: 204.
Answer answer(Agent& agent, Caller caller, DeleteAzurePolicy call) {
  Result<bool> done = false;
  if (is_named(call.path)) done = co_await agent.delete_policy(std::move(caller));
  if (!done) co_return azure_error_reply(done.error());
  HttpReply reply;
  reply.status = *done ? http::status::ok : http::status::no_content;
  co_return reply;
}

Answer answer(Agent& agent, Caller caller, InitiateAzureRequest call) {
  constexpr const char* kOperation = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action";
  const std::string host = agent.status().host;
  std::optional<Error> elsewhere;
  if (!is_there(agent, call.path)) {
    elsewhere = no_such_policy(call.path);
  } else if (!azure_equal(call.machine, host)) {
    elsewhere = other_machine(host, "virtualMachines[0].id");
  }
  if (elsewhere) {
    agent.record_refusal(caller, kOperation, *elsewhere);
    co_return azure_error_reply(*elsewhere);
  }
  const Result<GrantReceipt> receipt = co_await agent.request(std::move(caller), std::move(call.request));
  if (!receipt) co_return azure_error_reply(receipt.error());
  co_return azure_reply(azure_receipt({std::move(call.path.scope), host}, *receipt), http::status::accepted);
}

}  // namespace jitgate
