#include "agent/api/dispatch.hpp"

#include <exception>

#include "agent/api/azure_error.hpp"
#include "agent/api/client_request_id.hpp"
#include "agent/api/decode_fields.hpp"
#include "agent/api/error_reply.hpp"
#include "agent/api/router.hpp"

namespace jitgate {
namespace {

std::string_view target_of(const HttpRequest& request) {
  return {request.target().data(), request.target().size()};
}

std::optional<std::string_view> client_request_id(const HttpRequest& request) {
  const auto found = request.find(kClientRequestId);
  if (found == request.end()) return std::nullopt;
  return std::string_view(found->value().data(), found->value().size());
}

/// The grant or request that the path names; empty where it names none, or none that there can be.
std::string grant_of(const RouteMatch& match) {
  return !is_azure(*match.route) && grant_id(match.id) ? match.id : std::string();
}

/// The refusal in the shape that callers of this route know.
HttpReply refusal(const Route& route, const Error& why) {
  return is_azure(route) ? azure_error_reply(why) : error_reply(why);
}

/// Everything that is decided before the agent is asked: the call, or the reply that refuses it.
boost::system::result<ApiCall, HttpReply> admit(Agent& agent, const Caller& caller, const HttpRequest& request) {
  HttpResult<RouteMatch> match = find_route(request.method(), target_of(request));
  if (!match) return error_reply(match.error());
  const std::string operation(match->route->operation);
  if (const Result<void> role = check_role(*match->route, caller.roles); !role) {
    agent.record_refusal(caller, operation, role.error(), grant_of(*match));
    return refusal(*match->route, role.error());
  }
  Result<ApiCall> call = decode_call(*match, request.body(), client_request_id(request), caller.address);
  if (!call) {
    agent.record_refusal(caller, operation, call.error(), grant_of(*match));
    return refusal(*match->route, call.error());
  }
  return std::move(*call);
}

Answer perform(Agent& agent, Caller caller, ApiCall call) {
  return std::visit([&]<class Call>(Call&& one) { return answer(agent, std::move(caller), std::forward<Call>(one)); },
                    std::move(call));
}

}  // namespace

Answer dispatch(Agent& agent, const Authenticate& authenticate, const HttpRequest& request) {
  Error failure = error(errc::system_failed, "the call failed inside the daemon");
  try {
    HttpResult<Caller> caller = authenticate(request);
    if (!caller) co_return error_reply(caller.error());
    boost::system::result<ApiCall, HttpReply> call = admit(agent, *caller, request);
    if (!call) co_return call.error();
    Answer answering = perform(agent, std::move(*caller), std::move(*call));
    co_return co_await std::move(answering);
  } catch (const std::exception& caught) {
    failure.message += std::string(": ") + caught.what();
  }
  co_return error_reply(failure);
}

}  // namespace jitgate
