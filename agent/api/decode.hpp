#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/api/api_call.hpp"

namespace jitgate {

/// What a decoder reads. Views: valid during the call.
struct CallInput {
  std::string_view id;  ///< what stood for {id} in the path; empty for a route without one
  const std::map<std::string, std::string>& query;
  std::string_view body;
  std::optional<std::string_view> client_request_id{};  ///< the header x-ms-client-request-id
  std::span<const std::string> segments{};              ///< of the path, decoded
  /// The source that a request without one means; nullopt where the caller's address says nothing.
  std::optional<AddressPrefix> caller_address{};
};

/// Each turns the input of one route into its call. Strict: unknown fields and parameters, wrong types, and a body
/// where none belongs are refused with errc::invalid_argument and the offending field as `target`. Pure.
[[nodiscard]] Result<ApiCall> decode_health(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_status(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_get_policy(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_check_policy(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_put_policy(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_delete_policy(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_request(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_list_grants(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_revoke(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_extend(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_unlock(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_enable(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_disable(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_acknowledge(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_explain(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_get_audit(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_verify_audit(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_metrics(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_doctor(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_list_requests(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_approve(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_deny(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_azure_list(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_azure_get(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_azure_put(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_azure_delete(const CallInput& input);
[[nodiscard]] Result<ApiCall> decode_azure_initiate(const CallInput& input);

}  // namespace jitgate
