#include <boost/json/array.hpp>

#include "agent/api/error_reply.hpp"
#include "agent/api/resource.hpp"
#include "agent/model/grant_document.hpp"

namespace jitgate {

Answer answer(Agent& agent, Caller caller, ListGrants call) {
  const Result<std::vector<GrantRecord>> records = co_await agent.grants(std::move(caller), call.include_ended);
  if (!records) co_return error_reply(records.error());
  const Clock& clock = agent.clock();
  const WallTime wall_now = clock.wall_now();
  const BootTime boot_now = clock.boot_now();
  boost::json::array array;
  array.reserve(records->size());
  for (const GrantRecord& record : *records) array.push_back(to_json(record, wall_now, boot_now, clock.boot_id()));
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
