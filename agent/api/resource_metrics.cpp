#include "agent/api/resource.hpp"
#include "agent/metrics/prometheus.hpp"

namespace jitgate {

Answer answer(Agent& agent, Caller, GetMetrics) {
  HttpReply reply;
  reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  reply.body = to_prometheus(agent.status());
  co_return reply;
}

}  // namespace jitgate
