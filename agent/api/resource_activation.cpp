#include "agent/api/error_reply.hpp"
#include "agent/api/resource.hpp"

namespace jitgate {

/// Both answer with the status as it is afterwards, so that a client need not ask again.
Answer answer(Agent& agent, Caller caller, Enable call) {
  const Result<void> enabled = co_await agent.enable(std::move(caller), call.options);
  if (!enabled) co_return error_reply(enabled.error());
  co_return json_reply(status_to_json(agent.status()));
}

Answer answer(Agent& agent, Caller caller, Disable) {
  const Result<void> disabled = co_await agent.disable(std::move(caller));
  if (!disabled) co_return error_reply(disabled.error());
  co_return json_reply(status_to_json(agent.status()));
}

}  // namespace jitgate
