#include "agent/api/decode_fields.hpp"
#include "agent/model/strict_json.hpp"

namespace jitgate {
namespace {

Result<ApiCall> plain(const CallInput& input, ApiCall call) {
  if (const Result<void> query = expect_query(input, {}); !query) return query.error();
  if (const Result<void> body = expect_no_body(input); !body) return body.error();
  return call;
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

}  // namespace jitgate
