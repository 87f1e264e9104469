#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/model/result.hpp"

namespace jitgate {

/// The one policy of a host: under which name the Azure-compatible API shows it.
inline constexpr std::string_view kAzurePolicyName = "default";
inline constexpr std::string_view kAzureApiVersion = "2020-01-01";

/// Where in Azure's hierarchy a path stands. A host belongs to no subscription: whatever the path names is echoed in
/// the ids of the answer, and what it leaves out is "jitgate" and "local".
struct AzureScope {
  std::string subscription;
  std::string resource_group = "jitgate";
  std::string location = "local";  ///< as ARM writes it: lower case, no spaces

  /// "/subscriptions/S/resourceGroups/RG/providers/Microsoft.Security/locations/L/jitNetworkAccessPolicies/NAME"
  [[nodiscard]] std::string policy_id(std::string_view name) const;
  /// "/subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/HOST"
  [[nodiscard]] std::string machine_id(std::string_view host) const;
};

/// A policy's path, or the path of a list of them.
struct AzurePath {
  AzureScope scope;
  std::string name;  ///< of the policy; empty for a list
};

/// Reads a decoded path that a route of the Azure-compatible API has matched. Refused: a name that ARM would not take.
[[nodiscard]] Result<AzurePath> parse_azure_path(std::span<const std::string> segments);

/// The last segment of a virtual machine's resource id; nullopt where `id` is none. ARM's case does not matter.
[[nodiscard]] std::optional<std::string> azure_machine_name(std::string_view id);

/// ASCII letters of either case are equal, as in ARM's ids.
[[nodiscard]] bool azure_equal(std::string_view a, std::string_view b);

}  // namespace jitgate
