#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "agent/config/source_config.hpp"
#include "agent/http_client/http_get.hpp"
#include "agent/model/clock.hpp"
#include "agent/model/result.hpp"
#include "agent/source/azure/azure_policy_document.hpp"

namespace jitgate {

/// The question for a policy, without its token.
[[nodiscard]] HttpGet ask_for_policy(const AzureSourceConfig& config);

/// Resource Manager itself says that there is no such policy.
struct AzurePolicyGone {
  std::string why;
};
struct AzureTokenRefused {
  std::string why;
};
/// Nothing is known that was not known before.
struct AzureFailed {
  std::string why;
  std::optional<Duration> retry_after{};
};
using AzureAnswer = std::variant<AzurePolicy, AzurePolicyGone, AzureTokenRefused, AzureFailed>;

/// What an answer to ask_for_policy() means for `host` (as read_azure_policy has it).
[[nodiscard]] AzureAnswer judge_answer(const HttpAnswer& answer, std::string_view resource_id, std::string_view host,
                                       WallTime now);

}  // namespace jitgate
