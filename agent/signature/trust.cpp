#include "agent/signature/trust.hpp"

#include <algorithm>

#include "agent/model/second_person.hpp"
#include "agent/model/utf8.hpp"

namespace jitgate::signature {
namespace {

void check_ports(const SignerRights& rights, const Grant& grant, std::vector<Error>& violations) {
  for (std::size_t i = 0; i < grant.ports.size(); ++i) {
    const PortNumber number = grant.ports[i].number;
    if (std::ranges::find(rights.ports, number) != rights.ports.end()) continue;
    violations.push_back(error(errc::refused, "the signer may not approve port " + std::to_string(number.value()),
                               "ports[" + std::to_string(i) + "].number"));
  }
}

}  // namespace

Result<void> may_approve(const Trust& trust, const std::string& principal, const Grant& grant, const Policy& policy) {
  Error refused = error(errc::refused, "the signature of " + in_quotes(principal) + " does not approve this");
  const auto violation = [&refused](std::string what, std::string target) {
    refused.details.push_back(error(errc::refused, std::move(what), std::move(target)));
  };
  if (grant.approver != principal) violation("is not the signer", "approver");
  const auto listed = trust.signers.find(principal);
  if (listed == trust.signers.end()) {
    violation("the signer is not listed in trust.signers", "approver");
  } else if (!listed->second.approve) {
    violation("the signer may not approve", "approver");
  } else {
    check_ports(listed->second, grant, refused.details);
  }
  if (same_person(principal, grant.requestor) && needs_approval(policy, grant))
    violation("is the signer, and the policy wants a second person", "requestor");
  if (refused.details.empty()) return {};
  return refused;
}

Result<void> may_revoke(const Trust& trust, const std::string& principal) {
  const auto listed = trust.signers.find(principal);
  if (listed == trust.signers.end())
    return error(errc::refused, in_quotes(principal) + " is not listed in trust.signers");
  if (!listed->second.revoke) return error(errc::refused, in_quotes(principal) + " may not revoke");
  return {};
}

}  // namespace jitgate::signature
