#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "agent/model/grant.hpp"
#include "agent/model/policy.hpp"
#include "agent/model/result.hpp"

namespace jitgate::signature {

/// What one principal's signature may do: an element of `trust.signers`.
struct SignerRights {
  std::vector<PortNumber> ports;  ///< that it may approve grants for
  bool approve = false;
  bool revoke = false;  ///< any grant, whatever its ports
  friend bool operator==(const SignerRights&, const SignerRights&) = default;
};

/// By the principal's exact name. Who is not listed may do nothing.
struct Trust {
  std::map<std::string, SignerRights, std::less<>> signers;
  friend bool operator==(const Trust&, const Trust&) = default;
};

/// `principal`, whose signature holds, may approve this grant: it is the grant's approver, is listed, may approve each
/// of its ports, and is somebody else than the requestor where the policy wants a second person (same_person()).
/// Otherwise errc::refused with one detail per violated rule.
[[nodiscard]] Result<void> may_approve(const Trust& trust, const std::string& principal, const Grant& grant,
                                       const Policy& policy);

/// `principal`, whose signature holds, may end grants.
[[nodiscard]] Result<void> may_revoke(const Trust& trust, const std::string& principal);

}  // namespace jitgate::signature
