#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>
#include <string_view>

#include "agent/api/azure_scope.hpp"
#include "agent/control/agent.hpp"

namespace jitgate {

/// What the Azure resource is made of, as the agent has it at one moment.
struct AzureView {
  AzureScope scope;
  std::string_view host;  ///< becomes the virtual machine's name
};

/// Seven fractional digits, as Azure writes its times: some clients refuse nine. Rounded down.
[[nodiscard]] std::string azure_time(WallTime time);

/// A `jitNetworkAccessPolicies` resource (api-version 2020-01-01). `grants` become `properties.requests`.
[[nodiscard]] boost::json::object azure_policy(const AzureView& view, const Policy& policy,
                                               std::span<const GrantRecord> grants);

/// One entry of `properties.requests`.
[[nodiscard]] boost::json::object azure_request(const AzureView& view, const GrantRecord& record);

/// The body of a 202 to initiate: as azure_request, with ports "Initiating" that the kernel has not opened yet.
[[nodiscard]] boost::json::object azure_receipt(const AzureView& view, const GrantReceipt& receipt);

}  // namespace jitgate
