#include "agent/source/azure/azure_token.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "agent/model/strict_json.hpp"
#include "agent/model/utf8.hpp"
#include "agent/source/azure/azure_machine.hpp"

namespace jitgate {
namespace {

constexpr std::size_t kMaxToken = 16 * 1024;
constexpr std::chrono::seconds kLongestLifetime = std::chrono::hours(24);

std::string encoded(const std::string& text) {
  return boost::urls::encode(text, boost::urls::unreserved_chars);
}

/// Seconds, as text or as a number.
std::optional<std::chrono::seconds> seconds_of(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* number = value->if_int64()) return std::chrono::seconds(*number);
  const std::string_view text = text_of(object, key);
  std::int64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return std::chrono::seconds(number);
}

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= kMaxToken &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

Error unusable(std::string why) {
  return error(errc::unavailable, "the metadata service " + std::move(why));
}

}  // namespace

HttpGet ask_for_token(const ManagedIdentity& identity, const std::string& resource) {
  std::string base = identity.endpoint;
  while (base.ends_with('/')) base.pop_back();
  HttpGet what{.url = base + "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=" + encoded(resource)};
  if (identity.client_id) what.url += "&client_id=" + encoded(*identity.client_id);
  what.fields = {{"Metadata", "true"}, {"Accept", "application/json"}};
  what.direct = true;
  if (const auto url = boost::urls::parse_uri(identity.endpoint)) what.plain_host = url->host_address();
  what.limits.body = 64 * 1024;
  return what;
}

Result<AzureToken> read_token(const HttpAnswer& answer) {
  const auto body = parse_strict_json(answer.body);
  const auto* object = body ? body->if_object() : nullptr;
  constexpr unsigned kOk = 200;
  if (answer.head.status != kOk) {
    const std::string_view why = object != nullptr ? text_of(*object, "error_description") : std::string_view();
    return unusable("answered " + status_text(answer.head.status) + (why.empty() ? "" : ": " + in_quotes(why)));
  }
  if (object == nullptr) return unusable("answered with something else than a JSON object");
  const std::string_view text = text_of(*object, "access_token");
  if (!is_token(text)) return unusable("answered without a token");
  const auto lifetime = seconds_of(*object, "expires_in");
  if (!lifetime || lifetime->count() <= 0) return unusable("does not say how long its token lives");
  return AzureToken{std::string(text), std::min(*lifetime, kLongestLifetime)};
}

}  // namespace jitgate
