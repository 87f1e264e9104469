#pragma once

#include <optional>
#include <variant>

#include "agent/config/source_config.hpp"
#include "agent/control/trust_files.hpp"
#include "agent/model/grant.hpp"
#include "agent/model/policy.hpp"
#include "agent/model/result.hpp"
#include "agent/model/revocation_document.hpp"
#include "agent/source/delivery.hpp"

namespace jitgate {

/// A document that is to be believed.
struct JudgedDocument {
  std::variant<Grant, Revocation> content;
  std::optional<signature::VerifiedSigner> signer;  ///< nullopt: its source need not sign, and did not
};

/// A port that needs approval has an approver who is somebody else than the requestor; otherwise errc::refused.
[[nodiscard]] Result<void> check_second_person(const Grant& grant, const Policy& policy);

/// Whether a document of this source is to be believed; whether the policy allows it is not asked here. A signature
/// that is there has to hold, also where none is needed. Without one, a grant for a port that needs approval must name
/// an approver other than its requestor. errc::invalid_argument for what is malformed, errc::refused for what is not to
/// be believed, errc::unavailable while who may sign is not known.
[[nodiscard]] Result<JudgedDocument> judge_document(const DeliveredDocument& delivered, const SourceConfig& source,
                                                    const TrustFiles& trust, const signature::Trust& signers,
                                                    const Policy& policy, WallTime now);

}  // namespace jitgate
