#include "agent/source/azure/azure_answer.hpp"

#include <boost/json/object.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/grammar/charset.hpp>
#include <boost/url/rfc/pchars.hpp>

#include "agent/http_client/retry_after.hpp"
#include "agent/model/strict_json.hpp"
#include "agent/model/utf8.hpp"
#include "agent/source/azure/azure_machine.hpp"

namespace jitgate {
namespace {

constexpr unsigned kOk = 200;
constexpr unsigned kUnauthorized = 401;
constexpr unsigned kForbidden = 403;
constexpr unsigned kNotFound = 404;
/// A policy has the requests of all machines of a region.
constexpr std::size_t kMaxPolicy = std::size_t{16} * 1024 * 1024;

/// The code in Resource Manager's {"error": {"code", "message"}}; empty where the answer has none.
std::string error_code(const HttpAnswer& answer) {
  if (answer.head.media_type() != "application/json") return {};
  const auto body = parse_strict_json(answer.body);
  const auto* object = body ? body->if_object() : nullptr;
  const auto* value = object != nullptr ? object->if_contains("error") : nullptr;
  const auto* reason = value != nullptr ? value->if_object() : nullptr;
  return reason != nullptr ? std::string(text_of(*reason, "code")) : std::string();
}

AzureAnswer judge_failure(const HttpAnswer& answer, WallTime now) {
  const std::string code = error_code(answer);
  const std::string what = "Resource Manager answered " + status_text(answer.head.status) +
                           (code.empty() ? "" : " (" + in_quotes(code) + ")");
  if (answer.head.status == kUnauthorized) return AzureTokenRefused{what};
  // A page of somebody in between is no word about the policy.
  if (answer.head.status == kNotFound && !code.empty())
    return AzurePolicyGone{what + ": the policy does not exist, its grants are withdrawn"};
  if (answer.head.status == kForbidden)
    return AzureFailed{what + ": the identity needs Microsoft.Security/locations/jitNetworkAccessPolicies/read"};
  return AzureFailed{what, parse_retry_after(answer.head.field("Retry-After"), now)};
}

}  // namespace

HttpGet ask_for_policy(const AzureSourceConfig& config) {
  std::string base = config.endpoint;
  while (base.ends_with('/')) base.pop_back();
  HttpGet what{.url = base + boost::urls::encode(config.resource_id, boost::urls::pchars + '/') +
                      "?api-version=2020-01-01"};
  what.fields = {{"Accept", "application/json"}};
  what.tls = config.tls;
  what.limits.body = kMaxPolicy;
  return what;
}

AzureAnswer judge_answer(const HttpAnswer& answer, std::string_view resource_id, std::string_view host, WallTime now) {
  if (answer.head.status != kOk) return judge_failure(answer, now);
  if (answer.head.media_type() != "application/json")
    return AzureFailed{"Resource Manager sends " + in_quotes(answer.head.field("Content-Type")) +
                       ", not application/json"};
  auto policy = read_azure_policy(answer.body, resource_id, host);
  if (!policy) return AzureFailed{describe(policy.error())};
  return std::move(*policy);
}

}  // namespace jitgate
