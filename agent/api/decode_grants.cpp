#include "agent/api/decode_fields.hpp"
#include "agent/model/strict_json.hpp"

namespace jitgate {

Result<ApiCall> decode_list_grants(const CallInput& input) {
  if (const Result<void> query = expect_query(input, {"all"}); !query) return query.error();
  if (const Result<void> body = expect_no_body(input); !body) return body.error();
  const auto all = input.query.find("all");
  if (all == input.query.end()) return ApiCall(ListGrants{});
  if (all->second != "true" && all->second != "false")
    return error(errc::invalid_argument, "expected true or false", "all");
  return ApiCall(ListGrants{all->second == "true"});
}

Result<ApiCall> decode_revoke(const CallInput& input) {
  if (const Result<void> query = expect_query(input, {}); !query) return query.error();
  Result<std::string> id = grant_id(input.id);
  if (!id) return id.error();
  if (input.body.empty()) return ApiCall(RevokeGrant{std::move(*id), false});
  const Result<boost::json::value> json = parse_strict_json(input.body);
  if (!json) return json.error();
  const Result<JsonObject> object = JsonObject::from(*json, "", {"terminate"});
  if (!object) return object.error();
  const Result<bool> terminate = optional_flag(*object, "terminate");
  if (!terminate) return terminate.error();
  return ApiCall(RevokeGrant{std::move(*id), *terminate});
}

Result<ApiCall> decode_extend(const CallInput& input) {
  if (const Result<void> query = expect_query(input, {}); !query) return query.error();
  Result<std::string> id = grant_id(input.id);
  if (!id) return id.error();
  const Result<boost::json::value> json = parse_strict_json(input.body);
  if (!json) return json.error();
  const Result<JsonObject> object = JsonObject::from(*json, "", {"duration"});
  if (!object) return object.error();
  const Result<Duration> duration = required_duration(*object, "duration");
  if (!duration) return duration.error();
  return ApiCall(ExtendGrant{std::move(*id), *duration});
}

}  // namespace jitgate
