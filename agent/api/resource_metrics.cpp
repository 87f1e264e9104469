#include "agent/api/resource.hpp"
#include "agent/metrics/prometheus.hpp"

namespace jitgate {

HttpReply metrics_reply(std::string text) {
  HttpReply reply;
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  reply.body = std::move(text);
  return reply;
}

Answer answer(Agent& agent, Caller, GetMetrics) {
  co_return metrics_reply(to_prometheus(agent.status()));
}

}  // namespace jitgate
