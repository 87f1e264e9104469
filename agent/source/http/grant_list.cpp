#include "agent/source/http/grant_list.hpp"

#include <boost/json/array.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <unordered_set>

#include "agent/config/policy_document.hpp"
#include "agent/model/json_object.hpp"
#include "agent/model/strict_json.hpp"
#include "agent/model/utf8.hpp"

namespace jitgate {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxName = 256;
constexpr std::int64_t kLongestHeartbeat = 300;
/// The entry, its three members and their keys.
constexpr std::size_t kValuesOfEntry = 7;
/// The rest of a list; a policy is most of it.
constexpr std::size_t kValuesBeside = 100'000;

Error malformed(std::string why, std::string target) {
  return error(errc::invalid_argument, std::move(why), std::move(target));
}

/// A key or a version.
Result<std::string> read_name(const JsonObject& object, std::string_view key) {
  const Result<std::string_view> text = object.text(key);
  if (!text) return text.error();
  if (text->empty() || text->size() > kMaxName) return malformed("must be 1 to 256 bytes", object.path_of(key));
  if (has_control_characters(*text)) return malformed("holds a control character", object.path_of(key));
  return std::string(*text);
}

Result<DeliveredDocument> read_entry(const json::value& value, std::string path) {
  const auto object = JsonObject::from(value, std::move(path), {"key", "document", "signature"});
  if (!object) return object.error();
  DeliveredDocument entry;
  Result<std::string> key = read_name(*object, "key");
  if (!key) return key.error();
  entry.key = std::move(*key);
  const Result<std::string_view> document = object->text("document");
  if (!document) return document.error();
  entry.document = *document;
  if (!object->has("signature")) return entry;
  const Result<std::string_view> signature = object->text("signature");
  if (!signature) return signature.error();
  entry.signature = std::string(*signature);
  return entry;
}

Result<std::vector<PolicyPort>> read_policy(const json::value& value, const std::string& path) {
  const auto object = JsonObject::from(value, path, {"ports"});
  if (!object) return object.error();
  const auto ports = object->require("ports");
  if (!ports) return ports.error();
  return read_policy_ports(**ports, object->path_of("ports"));
}

Result<void> expect(const JsonObject& object, std::string_view key, std::string_view value) {
  const Result<std::string_view> text = object.text(key);
  if (!text) return text.error();
  if (*text == value) return {};
  return malformed("must be " + in_quotes(value) + ", not " + in_quotes(*text), object.path_of(key));
}

Result<std::vector<DeliveredDocument>> read_grants(const JsonObject& list, std::size_t max_entries) {
  const auto value = list.require("grants");
  if (!value) return value.error();
  const json::array* grants = (*value)->if_array();
  if (grants == nullptr) return malformed("must be a list", "grants");
  if (grants->size() > max_entries)
    return malformed("has more than " + std::to_string(max_entries) + " entries (limits.grantsPerSource)", "grants");
  std::vector<DeliveredDocument> entries;
  entries.reserve(grants->size());
  std::unordered_set<std::string_view> keys;
  for (std::size_t i = 0; i < grants->size(); ++i) {
    const std::string path = "grants[" + std::to_string(i) + "]";
    Result<DeliveredDocument> entry = read_entry((*grants)[i], path);
    if (!entry) return entry.error();
    entries.push_back(std::move(*entry));
    if (!keys.insert(entries.back().key).second)
      return malformed("is that of another entry: " + in_quotes(entries.back().key), path + ".key");
  }
  return entries;
}

Result<GrantList> read_list(const JsonObject& list, std::size_t max_entries) {
  GrantList read;
  Result<std::string> version = read_name(list, "version");
  if (!version) return version.error();
  read.version = std::move(*version);
  Result<std::vector<DeliveredDocument>> grants = read_grants(list, max_entries);
  if (!grants) return grants.error();
  read.grants = std::move(*grants);
  if (!list.has("policy")) return read;
  auto policy = read_policy(**list.require("policy"), "policy");
  if (!policy) return policy.error();
  read.policy = std::move(*policy);
  return read;
}

}  // namespace

Result<GrantList> parse_grant_list(std::string_view text, std::size_t max_entries) {
  json::monotonic_resource memory;
  const auto value = parse_strict_json(text, &memory, kValuesBeside + max_entries * kValuesOfEntry);
  if (!value) return value.error();
  const auto list = JsonObject::from(*value, {}, {"apiVersion", "kind", "version", "grants", "policy"});
  if (!list) return list.error();
  if (const auto version = expect(*list, "apiVersion", "jitgate/v1"); !version) return version.error();
  if (const auto kind = expect(*list, "kind", "GrantList"); !kind) return kind.error();
  return read_list(*list, max_entries);
}

Result<DeliveredDocument> parse_grant_entry(std::string_view text) {
  const auto value = parse_strict_json(text);
  if (!value) return value.error();
  return read_entry(*value, {});
}

Result<std::string> parse_removal(std::string_view text) {
  const auto value = parse_strict_json(text);
  if (!value) return value.error();
  const auto object = JsonObject::from(*value, {}, {"key"});
  if (!object) return object.error();
  return read_name(*object, "key");
}

Result<std::vector<PolicyPort>> parse_source_policy(std::string_view text) {
  const auto value = parse_strict_json(text);
  if (!value) return value.error();
  return read_policy(*value, {});
}

Result<SyncPoint> parse_sync(std::string_view text) {
  const auto value = parse_strict_json(text);
  if (!value) return value.error();
  const auto object = JsonObject::from(*value, {}, {"version", "heartbeatSeconds"});
  if (!object) return object.error();
  Result<std::string> version = read_name(*object, "version");
  if (!version) return version.error();
  SyncPoint point{std::move(*version), std::nullopt};
  if (!object->has("heartbeatSeconds")) return point;
  const Result<std::int64_t> seconds = object->integer("heartbeatSeconds");
  if (!seconds) return seconds.error();
  if (*seconds < 1 || *seconds > kLongestHeartbeat) return malformed("must be 1 to 300", "heartbeatSeconds");
  point.heartbeat = std::chrono::seconds(*seconds);
  return point;
}

}  // namespace jitgate
