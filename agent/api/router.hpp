#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/api/decode.hpp"
#include "agent/api/http_message.hpp"
#include "agent/api/target.hpp"
#include "agent/control/caller.hpp"

namespace jitgate {

/// One call of the API: where it is, who may make it, how it is read.
struct Route {
  http::verb verb;
  std::string_view pattern;    ///< "/v1/grants/{id}/revoke"
  std::string_view operation;  ///< for the audit: "grant.revoke"
  RoleSet allowed;             ///< any one of these; empty: everybody
  Result<ApiCall> (*decode)(const CallInput&);
};

/// Every route there is.
[[nodiscard]] std::span<const Route> routes();

struct RouteMatch {
  const Route* route;
  std::string id;
  Target target;
};

/// 400 for a malformed target, 404 where nothing is, 405 with Allow where another method is.
[[nodiscard]] HttpResult<RouteMatch> find_route(http::verb verb, std::string_view target);

/// errc::not_permitted unless one of the caller's roles is among the route's.
[[nodiscard]] Result<void> check_role(const Route& route, const RoleSet& roles);

/// The call that the matched request makes.
[[nodiscard]] Result<ApiCall> decode_call(const RouteMatch& match, std::string_view body,
                                          std::optional<std::string_view> client_request_id = std::nullopt,
                                          const std::optional<AddressPrefix>& caller_address = {});

/// The path is one of the Azure-compatible API, whose errors have ARM's codes and statuses.
[[nodiscard]] bool is_azure(const Route& route);

}  // namespace jitgate
