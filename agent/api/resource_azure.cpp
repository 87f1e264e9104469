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
std::vector<GrantRecord> shown(std::vector<GrantRecord> records) {
  const auto ended =
      std::stable_partition(records.begin(), records.end(), [](const GrantRecord& record) { return record.active(); });
  std::sort(ended, records.end(),
            [](const GrantRecord& a, const GrantRecord& b) { return a.grant.start > b.grant.start; });
  const auto count = std::min<std::ptrdiff_t>(records.end() - ended, kEndedShown);
  records.erase(ended + count, records.end());
  return records;
}

boost::asio::awaitable<Result<boost::json::object>> resource_of(Agent& agent, Caller caller, AzureScope scope) {
  Result<std::vector<GrantRecord>> records = co_await agent.grants(std::move(caller), true);
  if (!records) co_return records.error();
  const std::string host = agent.status().host;
  co_return azure_policy({std::move(scope), host}, agent.config().policy, shown(std::move(*records)));
}

Error no_such_policy(const AzurePath& path) {
  return error(errc::not_found, "The resource '" + path.scope.policy_id(path.name) + "' was not found: the policy of " +
                                    "this host is '" + std::string(kAzurePolicyName) + "'.");
}

bool is_ours(const AzurePath& path) {
  return azure_equal(path.name, kAzurePolicyName);
}

/// The file would win at the next reload: a change that does not last is not taken.
HttpReply refuse_change(Agent& agent, const Caller& caller, const AzurePath& path, const char* operation) {
  const Error why = error(errc::conflict,
                          "The policy of this host is its configuration file's (policy.authority: file): change it "
                          "there and reload.",
                          path.scope.policy_id(path.name));
  agent.record_refusal(caller, operation, why);
  return azure_error_reply(why);
}

}  // namespace

Answer answer(Agent& agent, Caller caller, ListAzurePolicies call) {
  Result<boost::json::object> resource = co_await resource_of(agent, std::move(caller), std::move(call.scope));
  if (!resource) co_return azure_error_reply(resource.error());
  boost::json::object list;
  list["value"] = boost::json::array{std::move(*resource)};
  co_return azure_reply(list);
}

Answer answer(Agent& agent, Caller caller, GetAzurePolicy call) {
  if (!is_ours(call.path)) co_return azure_error_reply(no_such_policy(call.path));
  const Result<boost::json::object> resource =
      co_await resource_of(agent, std::move(caller), std::move(call.path.scope));
  if (!resource) co_return azure_error_reply(resource.error());
  co_return azure_reply(*resource);
}

Answer answer(Agent& agent, Caller caller, PutAzurePolicy call) {
  co_return refuse_change(agent, caller, call.path, "Microsoft.Security/locations/jitNetworkAccessPolicies/write");
}

/// What is not there is gone already: 204.
Answer answer(Agent& agent, Caller caller, DeleteAzurePolicy call) {
  if (is_ours(call.path)) {
    co_return refuse_change(agent, caller, call.path, "Microsoft.Security/locations/jitNetworkAccessPolicies/delete");
  }
  HttpReply reply;
  reply.status = http::status::no_content;
  co_return reply;
}

Answer answer(Agent& agent, Caller caller, InitiateAzureRequest call) {
  constexpr const char* kOperation = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action";
  const std::string host = agent.status().host;
  std::optional<Error> elsewhere;
  if (!is_ours(call.path)) {
    elsewhere = no_such_policy(call.path);
  } else if (!azure_equal(call.machine, host)) {
    elsewhere =
        error(errc::refused, "is not a virtual machine of this policy: this host is " + host, "virtualMachines[0].id");
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
