#pragma once

#include <string_view>

#include "agent/control/access_request.hpp"
#include "agent/model/grant.hpp"
#include "agent/model/policy.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// Turns what somebody asked for into the grant that it would be: durations become ends counted from `now`, an omitted
/// protocol becomes the policy's, every source an opening of its own. Fails with errc::refused where the policy has no
/// such port (there is no protocol to take) and errc::invalid_argument where an end cannot be represented or the policy
/// has the port for several protocols. `id`, `requestor` and `host` are taken as they are; the digest is of the
/// document that write_grant_document gives.
[[nodiscard]] Result<Grant> draft_grant(const Policy& policy, const AccessRequest& request, std::string id,
                                        std::string requestor, std::string host, WallTime now);

/// What makes a grant valid at this host, whatever source it came from (interface contract, "A grant document").
/// Success, or errc::refused with one detail per violated rule; nothing is trimmed or widened.
[[nodiscard]] Result<void> authorize(const Policy& policy, std::string_view host, const Grant& grant, WallTime now);

/// The part of authorize() that a change of policy re-judges for one port of a live grant: is the port still in the
/// policy, the source still allowed and not too wide, the length still within the maximum.
[[nodiscard]] bool still_allowed(const Policy& policy, const Grant& grant, const GrantPort& port);

}  // namespace jitgate
