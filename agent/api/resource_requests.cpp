#include "agent/api/error_reply.hpp"
#include "agent/api/resource.hpp"

namespace jitgate {

Answer answer(Agent& agent, Caller caller, RequestAccess call) {
  const Result<GrantReceipt> receipt = co_await agent.request(std::move(caller), std::move(call.request));
  if (!receipt) co_return error_reply(receipt.error());
  co_return created_reply(*receipt, agent.clock());
}

}  // namespace jitgate
