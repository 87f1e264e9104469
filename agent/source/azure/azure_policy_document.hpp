#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/policy.hpp"
#include "agent/model/result.hpp"
#include "agent/source/delivery.hpp"

namespace jitgate {

/// What a jitNetworkAccessPolicies resource (api-version 2020-01-01) says about one machine.
struct AzurePolicy {
  /// A grant for each port and source prefix of a request that is `Initiated`. The same in, the same bytes and ids out,
  /// in whatever order Azure lists them.
  std::vector<DeliveredDocument> documents;
  /// The machine's ports; nullopt where the resource has not this machine, or ports that cannot be taken as a whole.
  std::optional<std::vector<PolicyPort>> ports;
  /// What was left out, and why.
  std::vector<std::string> problems;
};

/// Most grants that one resource may make.
inline constexpr std::size_t kMaxAzureGrants = 10'000;

/// `host` is this host's name, which the machine's resource id ends in, or the whole id; the documents are made out to
/// it. What a request says is carried over and not judged. Unknown fields and states are passed over. Fails where the
/// body is no such resource, or where it has two machines that `host` could mean: then nothing is known.
[[nodiscard]] Result<AzurePolicy> read_azure_policy(std::string_view body, std::string_view resource_id,
                                                    std::string_view host);

}  // namespace jitgate
