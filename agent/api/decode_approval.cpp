#include "agent/api/decode_fields.hpp"

namespace jitgate {
namespace {

/// No parameters, no body but an empty object: there is nothing to say beside the id.
Result<std::string> pending_id(const CallInput& input) {
  if (const Result<void> query = expect_query(input, {}); !query) return query.error();
  if (input.body != "{}") {
    if (const Result<void> body = expect_no_body(input); !body) return body.error();
  }
  return grant_id(input.id);
}

}  // namespace

Result<ApiCall> decode_list_requests(const CallInput& input) {
  if (const Result<void> query = expect_query(input, {}); !query) return query.error();
  if (const Result<void> body = expect_no_body(input); !body) return body.error();
  return ApiCall(ListRequests{});
}

Result<ApiCall> decode_approve(const CallInput& input) {
  Result<std::string> id = pending_id(input);
  if (!id) return id.error();
  return ApiCall(ApproveRequest{std::move(*id)});
}

Result<ApiCall> decode_deny(const CallInput& input) {
  Result<std::string> id = pending_id(input);
  if (!id) return id.error();
  return ApiCall(DenyRequest{std::move(*id)});
}

}  // namespace jitgate
