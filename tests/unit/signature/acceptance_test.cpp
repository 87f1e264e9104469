#include "agent/signature/acceptance.hpp"

#include <gtest/gtest.h>

#include "tests/fake/grant_builder.hpp"
#include "tests/unit/signature/ssh_keygen.hpp"

namespace jitgate::signature {
namespace {

constexpr const char* kApprover = "approver@example.com";
constexpr const char* kRevocation =
    R"({"apiVersion": "jitgate/v1", "kind": "Revocation", "id": "g-1", "statusReason": "UserRequested"})";

class Acceptance : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    keygen = new SshKeygen;
    for (const std::string name : {"approver", "guard", "other"}) keygen->make_key(name, "ed25519");
  }
  static void TearDownTestSuite() { delete keygen; }

  void SetUp() override {
    const std::string text = "approver@example.com " + keygen->public_key("approver") + "\nguard@example.com " +
                             keygen->public_key("guard") + "\n";
    keys.allowed = parse_allowed_signers(text, "allowed_signers").value();
    trust.signers[kApprover] = {{port_number(22), port_number(443)}, true, false};
    trust.signers["guard@example.com"] = {{}, false, true};
    policy.ports = {policy_port(22, Protocol::tcp), policy_port(443, Protocol::tcp), policy_port(80, Protocol::tcp)};
  }

  Grant grant(std::vector<int> ports = {22}) const {
    Grant made{"g-1", {}, "web-17", "requester@example.com", kApprover, now, "", {}};
    for (const int number : ports)
      made.ports.push_back(grant_port(number, Protocol::tcp, "203.0.113.7", now + std::chrono::hours(1)));
    return made;
  }
  Result<Accepted> accept(const std::string& document, const std::string& key) const {
    return accept_signed({document, keygen->sign(key, document)}, keys, trust, policy, now);
  }
  Result<Accepted> accept(const Grant& made, const std::string& key = "approver") const {
    return accept(write_grant_document(made), key);
  }
  std::string refusal(const Result<Accepted>& accepted) const { return accepted ? "" : describe(accepted.error()); }

  static SshKeygen* keygen;
  const WallTime now = ManualClock().wall_now();
  Keys keys;
  Trust trust;
  Policy policy;
};

SshKeygen* Acceptance::keygen = nullptr;

TEST_F(Acceptance, AGrantByItsApproverIsAccepted) {
  const auto accepted = accept(grant({22, 443}));
  ASSERT_TRUE(accepted) << refusal(accepted);
  EXPECT_EQ(std::get<Grant>(accepted->content).id, "g-1");
  EXPECT_EQ(accepted->signer.principal, kApprover);
  EXPECT_EQ(describe(accepted->signer), "approver@example.com by ssh-ed25519 " + accepted->signer.fingerprint);
}

TEST_F(Acceptance, AGrantBySomebodyElseIsRefused) {
  EXPECT_NE(refusal(accept(grant(), "guard")).find("may not sign as \"approver@example.com\""), std::string::npos);
  EXPECT_NE(refusal(accept(grant(), "other")).find("allowed_signers does not name it"), std::string::npos);
}

TEST_F(Acceptance, AGrantWithoutApproverIsRefused) {
  Grant made = grant();
  made.approver.reset();
  EXPECT_EQ(refusal(accept(made)), "approver: a signed grant names its approver");
}

TEST_F(Acceptance, ASignerApprovesTheListedPortsAlone) {
  const std::string why = refusal(accept(grant({22, 80})));
  EXPECT_NE(why.find("ports[1].number: the signer may not approve port 80"), std::string::npos) << why;
  EXPECT_EQ(why.find("port 22"), std::string::npos) << why;
}

TEST_F(Acceptance, WhoIsNotListedInTrustMayDoNothing) {
  trust.signers.erase(kApprover);
  EXPECT_NE(refusal(accept(grant())).find("not listed in trust.signers"), std::string::npos);
  trust.signers[kApprover] = {{port_number(22)}, false, true};
  EXPECT_NE(refusal(accept(grant())).find("may not approve"), std::string::npos);
}

TEST_F(Acceptance, NobodyApprovesTheirOwnWhereAnotherPersonIsWanted) {
  Grant made = grant();
  made.requestor = "Approver@Example.com";
  EXPECT_TRUE(accept(made));
  policy.ports[0].require_approval = true;
  EXPECT_NE(refusal(accept(made)).find("requestor: is the signer"), std::string::npos);
  EXPECT_TRUE(accept(grant()));
}

TEST_F(Acceptance, ARevokedKeyApprovesNothing) {
  keys.revoked.add(fingerprint(keys.allowed.signers[0].key));
  EXPECT_NE(refusal(accept(grant())).find("is revoked"), std::string::npos);
}

TEST_F(Acceptance, ARevocationByWhoMayRevokeIsAccepted) {
  const auto accepted = accept(kRevocation, "guard");
  ASSERT_TRUE(accepted) << refusal(accepted);
  EXPECT_EQ(std::get<Revocation>(accepted->content).id, "g-1");
  EXPECT_EQ(accepted->signer.principal, "guard@example.com");
}

TEST_F(Acceptance, ARevocationByAnybodyElseIsRefused) {
  EXPECT_NE(refusal(accept(kRevocation, "approver")).find("nobody who may revoke"), std::string::npos);
  EXPECT_NE(refusal(accept(kRevocation, "other")).find("nobody who may revoke"), std::string::npos);
}

TEST_F(Acceptance, ASignatureCountsForItsOwnDocumentAlone) {
  const std::string first = write_grant_document(grant({22}));
  const std::string signature = keygen->sign("approver", first);
  EXPECT_TRUE(accept_signed({first, signature}, keys, trust, policy, now));
  EXPECT_FALSE(accept_signed({write_grant_document(grant({443})), signature}, keys, trust, policy, now));
  EXPECT_FALSE(accept_signed({first + "\n", signature}, keys, trust, policy, now));
  EXPECT_FALSE(accept_signed({first, keygen->sign("approver", first, "file")}, keys, trust, policy, now));
  EXPECT_FALSE(accept_signed({first, ""}, keys, trust, policy, now));
}

TEST_F(Acceptance, AMalformedDocumentIsInvalidWhoeverSignedIt) {
  for (const std::string document : {"", "{}", "[]", R"({"kind": "Revocation"})", R"({"kind": 1})"}) {
    const auto accepted = accept(document, "approver");
    ASSERT_FALSE(accepted) << document;
    EXPECT_EQ(accepted.error().code, errc::invalid_argument) << document;
  }
}

TEST_F(Acceptance, IdentityIsTheIdAndTheBytes) {
  Grant made = grant();
  made.digest = sha256("these");
  EXPECT_EQ(judge_identity(made, std::nullopt).value(), Identity::fresh);
  EXPECT_EQ(judge_identity(made, KnownGrant{sha256("these"), false}).value(), Identity::repeated);
  EXPECT_EQ(judge_identity(made, KnownGrant{sha256("those"), false}).error().code, errc::conflict);
  EXPECT_EQ(judge_identity(made, KnownGrant{sha256("these"), true}).error().code, errc::conflict);
  EXPECT_NE(describe(judge_identity(made, KnownGrant{sha256("these"), true}).error()).find("has ended"),
            std::string::npos);
}

TEST_F(Acceptance, AnEnvelopeCarriesTheExactBytes) {
  const SignedDocument document{write_grant_document(grant()) + " \n\t \xc3\xa9\"\\", keygen->sign("approver", "x")};
  EXPECT_EQ(parse_envelope(write_envelope(document)).value(), document);
  for (const std::string wrong :
       {R"({"document": "x"})", R"({"signature": "x"})", R"({"document": "x", "signature": 1})",
        R"({"document": "x", "signature": "y", "more": 1})", R"({"document": "x", "document": "x", "signature": "y"})",
        R"(["x", "y"])", ""})
    EXPECT_FALSE(parse_envelope(wrong)) << wrong;
  EXPECT_FALSE(parse_envelope(std::string(kMaxEnvelope + 1, ' ')));
}

}  // namespace
}  // namespace jitgate::signature
