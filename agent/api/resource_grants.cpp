#include <boost/json/array.hpp>

#include "agent/api/error_reply.hpp"
#include "agent/api/resource.hpp"

namespace jitgate {

Answer answer(Agent& agent, Caller caller, ListGrants call) {
  const Result<std::vector<GrantReceipt>> grants = co_await agent.grants(std::move(caller), call.include_ended);
  if (!grants) co_return error_reply(grants.error());
  boost::json::array array;
  array.reserve(grants->size());
  for (const GrantReceipt& grant : *grants) array.push_back(receipt_to_json(grant, agent.clock()));
  co_return json_reply(array);
}

Answer answer(Agent& agent, Caller caller, RevokeGrant call) {
  const Result<GrantReceipt> receipt = co_await agent.revoke(std::move(caller), std::move(call.id), call.terminate);
  if (!receipt) co_return error_reply(receipt.error());
  co_return json_reply(receipt_to_json(*receipt, agent.clock()));
}

Answer answer(Agent& agent, Caller caller, ExtendGrant call) {
  const Result<GrantReceipt> receipt = co_await agent.extend(std::move(caller), std::move(call.id), call.duration);
  if (!receipt) co_return error_reply(receipt.error());
  co_return created_reply(*receipt, agent.clock());
}

}  // namespace jitgate
