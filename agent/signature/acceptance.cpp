#include "agent/signature/acceptance.hpp"

namespace jitgate::signature {
namespace {

Result<Accepted> accept_grant(Grant grant, const HeldSignature& held, const AllowedSigners& allowed, const Trust& trust,
                              const Policy& policy, WallTime now) {
  if (!grant.approver) return error(errc::refused, "a signed grant names its approver", "approver");
  auto signer = identify(held, *grant.approver, allowed, now);
  if (!signer) return signer.error();
  if (const auto may = may_approve(trust, signer->principal, grant, policy); !may) return may.error();
  return Accepted{std::move(grant), std::move(*signer)};
}

Result<Accepted> accept_revocation(const Revocation& revocation, const HeldSignature& held,
                                   const AllowedSigners& allowed, const Trust& trust, WallTime now) {
  Error refused = error(errc::refused, fingerprint(held.signature.signer.key) + " is the key of nobody who may revoke");
  for (const auto& [principal, rights] : trust.signers) {
    if (!may_revoke(trust, principal)) continue;
    auto signer = identify(held, principal, allowed, now);
    if (signer) return Accepted{revocation, std::move(*signer)};
    const Error why = signer.error();
    refused.details.insert(refused.details.end(), why.details.begin(), why.details.end());
  }
  return refused;
}

}  // namespace

Result<Accepted> accept_signed(const SignedDocument& document, const Keys& keys, const Trust& trust,
                               const Policy& policy, WallTime now) {
  auto content = parse_document(document.document);
  if (!content) return content.error();
  const auto held = check_signature(document.document, document.signature, keys.revoked);
  if (!held) return held.error();
  if (const auto* revocation = std::get_if<Revocation>(&*content))
    return accept_revocation(*revocation, *held, keys.allowed, trust, now);
  return accept_grant(std::get<Grant>(std::move(*content)), *held, keys.allowed, trust, policy, now);
}

Result<Identity> judge_identity(const Grant& grant, const std::optional<KnownGrant>& known) {
  if (!known) return Identity::fresh;
  if (known->digest != grant.digest)
    return error(errc::conflict, "the grant " + grant.id + " is known with other content", "id");
  if (known->ended) return error(errc::conflict, "the grant " + grant.id + " has ended, and does not open again", "id");
  return Identity::repeated;
}

}  // namespace jitgate::signature
