#pragma once

#include <optional>
#include <string>

#include "agent/config/source_config.hpp"
#include "agent/http_client/http_get.hpp"
#include "agent/model/clock.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// A bearer token for Resource Manager. Secret: in no message.
struct AzureToken {
  std::string text;
  std::optional<Duration> lifetime{};  ///< from when it was asked for; nullopt: it is asked for each time
};

/// The question to the instance metadata service (api-version 2018-02-01). It goes by no proxy: the service answers
/// this machine alone, and its answer is nobody else's business.
[[nodiscard]] HttpGet ask_for_token(const ManagedIdentity& identity, const std::string& resource);

/// Fails with a sentence that says what the service answered.
[[nodiscard]] Result<AzureToken> read_token(const HttpAnswer& answer);

}  // namespace jitgate
