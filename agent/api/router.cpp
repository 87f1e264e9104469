#include "agent/api/router.hpp"

#include <array>

#include "agent/api/azure_scope.hpp"
#include "agent/api/error_reply.hpp"

namespace jitgate {
namespace {

constexpr const char* kAzureRead = "Microsoft.Security/locations/jitNetworkAccessPolicies/read";
constexpr const char* kAzureWrite = "Microsoft.Security/locations/jitNetworkAccessPolicies/write";
constexpr const char* kAzureDelete = "Microsoft.Security/locations/jitNetworkAccessPolicies/delete";
constexpr const char* kAzureInitiate = "Microsoft.Security/locations/jitNetworkAccessPolicies/initiate/action";

RoleSet any_of(std::initializer_list<Role> roles) {
  RoleSet set;
  for (const Role role : roles) set.add(role);
  return set;
}

std::array<Route, 30> make_routes() {
  using enum http::verb;
  const RoleSet everybody;
  const RoleSet readers = any_of({Role::reader, Role::administrator});
  const RoleSet requesters = any_of({Role::requester, Role::administrator});
  const RoleSet either = any_of({Role::reader, Role::requester, Role::administrator});
  const RoleSet approvers = any_of({Role::approver, Role::administrator});
  const RoleSet anybody_with_a_role = any_of({Role::reader, Role::requester, Role::approver, Role::administrator});
  const RoleSet administrators = any_of({Role::administrator});
  return {{
      {get, "/healthz", "health.read", everybody, decode_health},
      {get, "/v1/status", "status.read", readers, decode_status},
      {get, "/v1/policy", "policy.read", readers, decode_get_policy},
      {put, "/v1/policy", "policy.write", administrators, decode_put_policy},
      {delete_, "/v1/policy", "policy.delete", administrators, decode_delete_policy},
      {post, "/v1/policy/check", "policy.check", readers, decode_check_policy},
      {post, "/v1/requests", "request", requesters, decode_request},
      {get, "/v1/grants", "grant.list", either, decode_list_grants},
      {post, "/v1/grants/{id}/revoke", "grant.revoke", requesters, decode_revoke},
      {post, "/v1/grants/{id}/extend", "grant.extend", requesters, decode_extend},
      {post, "/v1/unlock", "unlock", administrators, decode_unlock},
      {post, "/v1/enable", "lock.enable", administrators, decode_enable},
      {post, "/v1/disable", "lock.disable", administrators, decode_disable},
      {post, "/v1/exposures/acknowledge", "exposure.acknowledge", administrators, decode_acknowledge},
      {get, "/v1/explain", "explain", readers, decode_explain},
      {get, "/v1/audit", "audit.read", readers, decode_get_audit},
      {post, "/v1/audit/verify", "audit.verify", readers, decode_verify_audit},
      {get, "/metrics", "metrics.read", readers, decode_metrics},
      {get, "/v1/doctor", "doctor.read", readers, decode_doctor},
      {get, "/v1/requests", "request.list", anybody_with_a_role, decode_list_requests},
      {post, "/v1/requests/{id}/approve", "request.approve", approvers, decode_approve},
      {post, "/v1/requests/{id}/deny", "request.deny", approvers, decode_deny},
      // ARM's permission names are the operations: the audit reads as the Activity Log does.
      {get, "/subscriptions/{id}/providers/Microsoft.Security/jitNetworkAccessPolicies", kAzureRead, readers,
       decode_azure_list},
      {get, "/subscriptions/{id}/providers/Microsoft.Security/locations/{id}/jitNetworkAccessPolicies", kAzureRead,
       readers, decode_azure_list},
      {get, "/subscriptions/{id}/resourceGroups/{id}/providers/Microsoft.Security/jitNetworkAccessPolicies", kAzureRead,
       readers, decode_azure_list},
      {get,
       "/subscriptions/{id}/resourceGroups/{id}/providers/Microsoft.Security/locations/{id}/jitNetworkAccessPolicies",
       kAzureRead, readers, decode_azure_list},
      {get,
       "/subscriptions/{id}/resourceGroups/{id}/providers/Microsoft.Security/locations/{id}/jitNetworkAccessPolicies/"
       "{id}",
       kAzureRead, readers, decode_azure_get},
      {put,
       "/subscriptions/{id}/resourceGroups/{id}/providers/Microsoft.Security/locations/{id}/jitNetworkAccessPolicies/"
       "{id}",
       kAzureWrite, administrators, decode_azure_put},
      {delete_,
       "/subscriptions/{id}/resourceGroups/{id}/providers/Microsoft.Security/locations/{id}/jitNetworkAccessPolicies/"
       "{id}",
       kAzureDelete, administrators, decode_azure_delete},
      {post,
       "/subscriptions/{id}/resourceGroups/{id}/providers/Microsoft.Security/locations/{id}/jitNetworkAccessPolicies/"
       "{id}/initiate",
       kAzureInitiate, requesters, decode_azure_initiate},
  }};
}

bool is_azure(std::string_view pattern) {
  return pattern.starts_with("/subscriptions/");
}

/// Where `segments` fits the pattern: what stands for the last {id}. ARM's own segments may be of any case.
std::optional<std::string> match_pattern(std::string_view pattern, const std::vector<std::string>& segments) {
  const bool any_case = is_azure(pattern);
  std::string id;
  std::size_t at = 0;
  for (const std::string& segment : segments) {
    if (at >= pattern.size()) return std::nullopt;
    const std::size_t end = std::min(pattern.find('/', at + 1), pattern.size());
    const std::string_view expected = pattern.substr(at + 1, end - at - 1);
    if (expected == "{id}") {
      id = segment;
    } else if (any_case ? !azure_equal(expected, segment) : expected != segment) {
      return std::nullopt;
    }
    at = end;
  }
  if (at != pattern.size()) return std::nullopt;
  return id;
}

bool is_below_subscriptions(const Target& target) {
  return !target.segments.empty() && azure_equal(target.segments.front(), "subscriptions");
}

/// ARM decodes a path before it takes it apart: a name with an encoded slash in it is two, and there is no such
/// resource.
bool names_a_slash(std::string_view target) {
  constexpr std::string_view kTree = "/subscriptions/";
  const std::string_view path = target.substr(0, target.find('?'));
  if (path.size() < kTree.size() || !azure_equal(path.substr(0, kTree.size()), kTree)) return false;
  std::string decoded(path);
  for (const std::string_view encoded : {"%2F", "%2f"}) {
    for (auto at = decoded.find(encoded); at != std::string::npos; at = decoded.find(encoded))
      decoded.replace(at, 3, "_");
  }
  return decoded != path && parse_target(decoded).has_value();
}

HttpFailure no_such_resource() {
  return HttpFailure{http::status::not_found,
                     "ResourceNotFound",
                     error(errc::not_found, "The resource was not found: there is none at this path.", "target"),
                     {}};
}

}  // namespace

std::span<const Route> routes() {
  static const auto table = make_routes();
  return table;
}

HttpResult<RouteMatch> find_route(http::verb verb, std::string_view target) {
  Result<Target> parsed = parse_target(target);
  if (!parsed && names_a_slash(target)) return no_such_resource();
  if (!parsed) return HttpFailure{http::status::bad_request, {}, parsed.error(), {}};
  std::string allow;
  for (const Route& route : routes()) {
    std::optional<std::string> id = match_pattern(route.pattern, parsed->segments);
    if (!id) continue;
    if (route.verb == verb) return RouteMatch{&route, std::move(*id), std::move(*parsed)};
    if (!allow.empty()) allow += ", ";
    allow += http::to_string(route.verb);
  }
  if (allow.empty() && is_below_subscriptions(*parsed)) return no_such_resource();
  if (allow.empty()) {
    return HttpFailure{
        http::status::not_found, {}, error(errc::not_found, "there is nothing at this path", "target"), {}};
  }
  HttpFailure failure = http_failure(http::status::method_not_allowed, "MethodNotAllowed", "use " + allow, "method");
  failure.allow = std::move(allow);
  return failure;
}

Result<void> check_role(const Route& route, const RoleSet& roles) {
  if (route.allowed.empty()) return {};
  std::string wanted;
  for (const auto& [role, name] :
       {std::pair{Role::reader, "reader"}, std::pair{Role::requester, "requester"},
        std::pair{Role::approver, "approver"}, std::pair{Role::administrator, "administrator"}}) {
    if (!route.allowed.has(role)) continue;
    if (roles.has(role)) return {};
    if (!wanted.empty()) wanted += " or ";
    wanted += name;
  }
  return error(errc::not_permitted, "this needs the role " + wanted + " (access in jitgate.yaml)",
               std::string(route.operation));
}

bool is_azure(const Route& route) {
  return is_azure(route.pattern);
}

Result<ApiCall> decode_call(const RouteMatch& match, std::string_view body,
                            std::optional<std::string_view> client_request_id,
                            const std::optional<AddressPrefix>& caller_address) {
  return match.route->decode(
      CallInput{match.id, match.target.query, body, client_request_id, match.target.segments, caller_address});
}

}  // namespace jitgate
