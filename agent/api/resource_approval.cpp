#include <boost/json/array.hpp>

#include "agent/api/error_reply.hpp"
#include "agent/api/resource.hpp"
#include "agent/model/duration.hpp"
#include "agent/model/grant_document.hpp"
#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

/// As a grant is shown; of a port whose end is not fixed yet, how long it will be open.
boost::json::value waiting_to_json(const WaitingRequest& waiting, const Clock& clock) {
  boost::json::value json = to_json(waiting.record, clock.wall_now(), clock.boot_now(), clock.boot_id());
  boost::json::object& object = json.as_object();
  boost::json::array& ports = object["ports"].as_array();
  for (std::size_t i = 0; i < ports.size(); ++i) {
    if (!waiting.lengths[i]) continue;
    ports[i].as_object().erase("endTimeUtc");
    ports[i].as_object()["duration"] = to_iso_duration(*waiting.lengths[i]);
  }
  object["decideBy"] = to_string(waiting.decide_by);
  return json;
}

}  // namespace

Answer answer(Agent& agent, Caller caller, ListRequests) {
  const Result<std::vector<WaitingRequest>> waiting = co_await agent.requests(std::move(caller));
  if (!waiting) co_return error_reply(waiting.error());
  boost::json::array array;
  for (const WaitingRequest& request : *waiting) array.push_back(waiting_to_json(request, agent.clock()));
  co_return json_reply(array);
}

Answer answer(Agent& agent, Caller caller, ApproveRequest call) {
  const Result<GrantReceipt> receipt = co_await agent.approve(std::move(caller), std::move(call.id));
  if (!receipt) co_return error_reply(receipt.error());
  co_return created_reply(*receipt, agent.clock());
}

Answer answer(Agent& agent, Caller caller, DenyRequest call) {
  const Result<GrantReceipt> receipt = co_await agent.deny(std::move(caller), std::move(call.id));
  if (!receipt) co_return error_reply(receipt.error());
  co_return json_reply(receipt_to_json(*receipt, agent.clock()));
}

}  // namespace jitgate
