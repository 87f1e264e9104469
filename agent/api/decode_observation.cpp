#include <charconv>

#include "agent/api/decode_fields.hpp"
#include "agent/model/strict_json.hpp"
#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

Result<ApiCall> plain(const CallInput& input, ApiCall call) {
  if (const Result<void> query = expect_query(input, {}); !query) return query.error();
  if (const Result<void> body = expect_no_body(input); !body) return body.error();
  return call;
}

Result<AuditFormat> parse_format(std::string_view text) {
  if (text == "json") return AuditFormat::json;
  if (text == "csv") return AuditFormat::csv;
  if (text == "table") return AuditFormat::table;
  return error(errc::invalid_argument, "expected json, csv or table", "format");
}

Result<std::size_t> parse_limit(std::string_view text) {
  std::size_t limit = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (failure != std::errc{} || end != text.data() + text.size() || limit == 0 || limit > AuditQuery{}.limit) {
    return error(errc::invalid_argument, "expected 1 to " + std::to_string(AuditQuery{}.limit), "limit");
  }
  return limit;
}

}  // namespace

Result<ApiCall> decode_health(const CallInput& input) {
  return plain(input, GetHealth{});
}
Result<ApiCall> decode_status(const CallInput& input) {
  return plain(input, GetStatus{});
}
Result<ApiCall> decode_metrics(const CallInput& input) {
  return plain(input, GetMetrics{});
}
Result<ApiCall> decode_doctor(const CallInput& input) {
  return plain(input, GetDoctor{});
}
Result<ApiCall> decode_verify_audit(const CallInput& input) {
  if (input.body.empty()) return plain(input, VerifyAudit{});
  if (const Result<void> query = expect_query(input, {}); !query) return query.error();
  const Result<boost::json::value> json = parse_strict_json(input.body);
  if (!json) return json.error();
  const Result<JsonObject> object = JsonObject::from(*json, "", {"head"});
  if (!object) return object.error();
  if (!object->has("head")) return ApiCall(VerifyAudit{});
  const Result<AuditHead> head = object->parsed("head", parse_audit_head);
  if (!head) return head.error();
  return ApiCall(VerifyAudit{*head});
}

Result<ApiCall> decode_get_audit(const CallInput& input) {
  if (const Result<void> query = expect_query(input, {"since", "format", "limit"}); !query) return query.error();
  if (const Result<void> body = expect_no_body(input); !body) return body.error();
  GetAudit call;
  if (const auto since = input.query.find("since"); since != input.query.end()) {
    const Result<WallTime> time = parse_timestamp(since->second);
    if (!time) return error(errc::invalid_argument, time.error().message, "since");
    call.query.since = *time;
  }
  if (const auto format = input.query.find("format"); format != input.query.end()) {
    const Result<AuditFormat> parsed = parse_format(format->second);
    if (!parsed) return parsed.error();
    call.format = *parsed;
  }
  if (const auto limit = input.query.find("limit"); limit != input.query.end()) {
    const Result<std::size_t> parsed = parse_limit(limit->second);
    if (!parsed) return parsed.error();
    call.query.limit = *parsed;
  }
  return ApiCall(std::move(call));
}

}  // namespace jitgate
