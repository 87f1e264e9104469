#include <gtest/gtest.h>

#include "agent/signature/verify.hpp"
#include "tests/fake/manual_clock.hpp"
#include "tests/unit/signature/software_security_key.hpp"
#include "tests/unit/signature/ssh_keygen.hpp"

namespace jitgate::signature {
namespace {

constexpr std::string_view kMessage = "a document";
constexpr const char* kPrincipal = "ann@example.com";

class SecurityKey : public testing::TestWithParam<KeyType> {
 protected:
  Result<VerifiedSigner> ours(std::string_view signature, const std::string& signers) const {
    return verify(kMessage, signature, kPrincipal, {parse_allowed_signers(signers, "allowed_signers").value()}, now);
  }
  /// The security key's certificate, by "authority".
  SigningKey certified(const std::vector<std::string>& options) const {
    keygen.write("held.pub", key.text() + "\n");
    std::vector<std::string> all{"-n", kPrincipal};
    all.insert(all.end(), options.begin(), options.end());
    keygen.certify("authority", "held", all);
    const std::string text = keygen.public_key("held-cert");
    return parse_key_text(text).value();
  }

  const SoftwareSecurityKey key{GetParam()};
  const std::string allowed = "ann@example.com " + key.text();
  SshKeygen keygen;
  const WallTime now = ManualClock().wall_now();
};

TEST_P(SecurityKey, ThatWasTouchedIsBelieved) {
  const auto signer = ours(key.sign({key.key(), {}}, kMessage, SoftwareSecurityKey::kTouched), allowed);
  ASSERT_TRUE(signer) << describe(signer.error());
  EXPECT_EQ(signer->presence, Presence::touched);
}

TEST_P(SecurityKey, ThatKnewItsUserSaysSo) {
  const auto signer = ours(key.sign({key.key(), {}}, kMessage, SoftwareSecurityKey::kVerified), allowed);
  ASSERT_TRUE(signer) << describe(signer.error());
  EXPECT_EQ(signer->presence, Presence::verified);
}

TEST_P(SecurityKey, ThatNobodyTouchedIsRefusedThoughSshKeygenTakesIt) {
  for (const std::uint8_t flags : {0x00, 0x04, 0x40, 0xfe}) {
    const std::string signature = key.sign({key.key(), {}}, kMessage, flags);
    EXPECT_FALSE(ours(signature, allowed)) << int{flags};
    EXPECT_TRUE(keygen.verifies(allowed, kPrincipal, kMessage, signature, now)) << keygen.read("stderr");
  }
}

TEST_P(SecurityKey, OfAnotherApplicationIsAnotherKey) {
  const PublicKey& real = key.key();
  std::string blob = real.blob.substr(0, real.blob.size() - 8);
  append_string(blob, "web:");
  const PublicKey other = parse_public_key(blob).value();
  const std::string signature = key.sign({other, {}}, kMessage, SoftwareSecurityKey::kTouched);
  EXPECT_FALSE(ours(signature, allowed));
  const std::string text = "ann@example.com " + std::string(traits(other.type).name) + " " + encode_base64(other.blob);
  EXPECT_FALSE(ours(signature, text));
}

TEST_P(SecurityKey, WhoseCertificateRequiresVerificationMustKnowItsUser) {
  keygen.make_key("authority", "ed25519");
  const SigningKey holder = certified({"-O", "verify-required"});
  const std::string authority = "*@example.com cert-authority " + keygen.public_key("authority");
  EXPECT_TRUE(ours(key.sign(holder, kMessage, SoftwareSecurityKey::kVerified), authority));
  const auto touched = ours(key.sign(holder, kMessage, SoftwareSecurityKey::kTouched), authority);
  ASSERT_FALSE(touched);
  EXPECT_NE(describe(touched.error()).find("verifies its user"), std::string::npos);
}

TEST_P(SecurityKey, MustBeTouchedWhateverItsCertificateSays) {
  keygen.make_key("authority", "ed25519");
  const SigningKey holder = certified({"-O", "no-touch-required"});
  const std::string authority = "*@example.com cert-authority " + keygen.public_key("authority");
  EXPECT_TRUE(ours(key.sign(holder, kMessage, SoftwareSecurityKey::kTouched), authority));
  EXPECT_FALSE(ours(key.sign(holder, kMessage, 0), authority));
}

INSTANTIATE_TEST_SUITE_P(Of, SecurityKey, testing::Values(KeyType::sk_ed25519, KeyType::sk_ecdsa_p256));

}  // namespace
}  // namespace jitgate::signature
