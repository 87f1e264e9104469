#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "agent/model/clock.hpp"
#include "agent/model/grant.hpp"
#include "agent/model/policy.hpp"
#include "agent/model/result.hpp"
#include "agent/model/revocation_document.hpp"
#include "agent/signature/signed_document.hpp"
#include "agent/signature/trust.hpp"
#include "agent/signature/verify.hpp"

namespace jitgate::signature {

/// A document that a trusted signer signed. Whether the policy allows it is authorize()'s to say, whether its id is
/// free judge_identity()'s.
struct Accepted {
  std::variant<Grant, Revocation> content;
  VerifiedSigner signer;
};

/// What a source that must be signed delivered. A grant has to be signed by its `approver`, who may approve it
/// (may_approve). A revocation names nobody: it counts when its key may sign for a principal who may revoke. Fails with
/// errc::invalid_argument for what is malformed, and errc::refused, with the reasons, for what is not to be believed.
[[nodiscard]] Result<Accepted> accept_signed(const SignedDocument& document, const Keys& keys, const Trust& trust,
                                             const Policy& policy, WallTime now);

/// What is remembered of a grant with an id that a document uses.
struct KnownGrant {
  Digest digest;
  bool ended = false;  ///< no port of it is Initiated any more
};

enum class Identity : std::uint8_t {
  fresh,     ///< the id is not known
  repeated,  ///< the same bytes again, of a grant that lives: nothing to do but to note the source's claim
};

/// A grant is its id and its bytes (interface contract, "Identity"): errc::conflict for an id that is known with other
/// bytes, and for one that has ended, which never opens again.
[[nodiscard]] Result<Identity> judge_identity(const Grant& grant, const std::optional<KnownGrant>& known);

}  // namespace jitgate::signature
