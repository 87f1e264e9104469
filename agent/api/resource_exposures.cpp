#include <boost/json/array.hpp>

#include "agent/api/error_reply.hpp"
#include "agent/api/resource.hpp"

namespace jitgate {
namespace {

boost::json::object explanation_to_json(const ExplainQuery& query, const Explanation& explanation) {
  boost::json::object object{{"source", query.source.to_string()},
                             {"number", query.port.number.value()},
                             {"transport", to_string(query.port.transport)},
                             {"verdict", to_string(explanation.verdict)}};
  object["entry"] = nullptr;
  if (explanation.entry) object["entry"] = explanation.entry->to_string();
  object["remainingSeconds"] = nullptr;
  if (explanation.remaining) {
    object["remainingSeconds"] = std::chrono::floor<std::chrono::seconds>(*explanation.remaining).count();
  }
  boost::json::array grants;
  for (const std::string& id : explanation.grants) grants.emplace_back(id);
  object["grants"] = std::move(grants);
  boost::json::array observed;
  for (const ExposureStatus& exposure : explanation.observed) observed.push_back(exposure_to_json(exposure));
  object["observed"] = std::move(observed);
  return object;
}

}  // namespace

boost::json::object exposure_to_json(const ExposureStatus& exposure) {
  boost::json::array sources;
  for (const AddressPrefix& source : exposure.sources) sources.emplace_back(source.to_string());
  return {{"transport", to_string(exposure.transport)},
          {"by", exposure.by},
          {"packets", exposure.packets},
          {"sources", std::move(sources)},
          {"acknowledged", exposure.acknowledged}};
}

Answer answer(Agent& agent, Caller, Explain call) {
  const Result<Explanation> explanation = agent.explain(call.query);
  if (!explanation) co_return error_reply(explanation.error());
  co_return json_reply(explanation_to_json(call.query, *explanation));
}

/// Answers with the status as it is afterwards.
Answer answer(Agent& agent, Caller caller, Acknowledge call) {
  const Result<void> done = co_await agent.acknowledge(std::move(caller), call.number, call.protocol);
  if (!done) co_return error_reply(done.error());
  co_return json_reply(status_to_json(agent.status()));
}

}  // namespace jitgate
