#include "agent/control/document_judge.hpp"

#include "agent/model/second_person.hpp"
#include "agent/signature/acceptance.hpp"

namespace jitgate {
namespace {

Result<JudgedDocument> judge_unsigned(const std::string& document, const Policy& policy) {
  auto content = parse_document(document);
  if (!content) return content.error();
  if (const auto* grant = std::get_if<Grant>(&*content)) {
    if (const auto second = check_second_person(*grant, policy); !second) return second.error();
  }
  return JudgedDocument{std::move(*content), std::nullopt};
}

}  // namespace

Result<void> check_second_person(const Grant& grant, const Policy& policy) {
  if (!needs_approval(policy, grant)) return {};
  if (!grant.approver)
    return error(errc::refused, "a second person has to approve this, and none is named", "approver");
  if (same_person(*grant.approver, grant.requestor))
    return error(errc::refused, "a second person has to approve this, not the requestor", "approver");
  return {};
}

Result<JudgedDocument> judge_document(const DeliveredDocument& delivered, const SourceConfig& source,
                                      const TrustFiles& trust, const signature::Trust& signers, const Policy& policy,
                                      WallTime now) {
  if (!delivered.signature) {
    if (!source.needs_signature) return judge_unsigned(delivered.document, policy);
    return error(errc::refused, "it is not signed, and documents of this source have to be", "signature");
  }
  const auto keys = trust.keys();
  if (!keys) return keys.error();
  auto accepted = signature::accept_signed({delivered.document, *delivered.signature}, **keys, signers, policy, now);
  if (!accepted) return accepted.error();
  return JudgedDocument{std::move(accepted->content), std::move(accepted->signer)};
}

}  // namespace jitgate
