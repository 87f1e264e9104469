#include <gtest/gtest.h>

#include "agent/signature/armor.hpp"
#include "agent/signature/make_signature.hpp"
#include "agent/signature/private_key.hpp"
#include "agent/signature/verify.hpp"
#include "tests/fake/manual_clock.hpp"
#include "tests/unit/signature/ssh_keygen.hpp"

namespace jitgate::signature {
namespace {

struct KeyKind {
  std::string type;
  std::vector<std::string> options{};
};

std::string name_of(const testing::TestParamInfo<KeyKind>& kind) {
  std::string name;
  for (const char c : kind.param.type + (kind.param.options.empty() ? "" : kind.param.options.back()))
    if (c != '-') name += c;
  return name;
}

constexpr std::string_view kMessage = "{\"some\": \"document\"}\n";

/// Every kind of key that ssh-keygen can make.
class EveryKey : public testing::TestWithParam<KeyKind> {
 protected:
  void SetUp() override { keygen.make_key("key", GetParam().type, GetParam().options); }
  std::string allowed_text() const { return "ann@example.com " + keygen.public_key("key") + "\n"; }
  Keys keys() const { return {parse_allowed_signers(allowed_text(), "allowed_signers").value()}; }
  bool is_security_key() const { return GetParam().type.ends_with("-sk"); }
  bool accepts(std::string_view message, std::string_view signature) const {
    return verify(message, signature, "ann@example.com", keys(), now).has_value();
  }

  SshKeygen keygen;
  const WallTime now = ManualClock().wall_now();
};

TEST_P(EveryKey, OfSshKeygenIsVerified) {
  for (const std::string hash : {"sha256", "sha512"}) {
    const auto signature = keygen.sign("key", kMessage, "jitgate", {"-O", "hashalg=" + hash});
    const auto signer = verify(kMessage, signature, "ann@example.com", keys(), now);
    ASSERT_TRUE(signer) << describe(signer.error());
    EXPECT_EQ(signer->principal, "ann@example.com");
    EXPECT_EQ(signer->presence, is_security_key() ? Presence::touched : Presence::unknown);
    EXPECT_NE(keygen.run({"ssh-keygen", "-l", "-f", keygen.path("key.pub")}).out.find(signer->fingerprint),
              std::string::npos);
    EXPECT_FALSE(verify("other", signature, "ann@example.com", keys(), now));
    EXPECT_FALSE(verify(kMessage, signature, "bob@example.com", keys(), now));
  }
}

TEST_P(EveryKey, SignsForSshKeygen) {
  const auto file = parse_private_key(keygen.read("key"));
  ASSERT_TRUE(file) << describe(file.error());
  if (is_security_key()) {
    EXPECT_EQ(file->secret, nullptr);
    EXPECT_NE(file->withheld, "");
    return;
  }
  ASSERT_NE(file->secret, nullptr);
  const Signer signer{{file->key, std::nullopt},
                      [&file](std::string_view bytes) { return sign_raw(file->key, *file->secret, bytes); }};
  const auto signature = make_signature(signer, kMessage);
  ASSERT_TRUE(signature) << describe(signature.error());
  EXPECT_TRUE(keygen.verifies(allowed_text(), "ann@example.com", kMessage, *signature, now)) << keygen.read("stderr");
  EXPECT_TRUE(accepts(kMessage, *signature));
}

TEST_P(EveryKey, AcceptsNoFlippedByteOfTheArmor) {
  const auto signature = keygen.sign("key", kMessage);
  ASSERT_TRUE(accepts(kMessage, signature));
  for (std::size_t at = 0; at < signature.size(); ++at) {
    for (const char flip : {'\x01', '\x20', '\x40', '\xff'}) {
      std::string changed = signature;
      changed[at] = static_cast<char>(changed[at] ^ flip);
      EXPECT_FALSE(accepts(kMessage, changed)) << "byte " << at << " of the armor";
    }
  }
}

TEST_P(EveryKey, AcceptsNoFlippedBitOfTheBlob) {
  const auto blob = remove_armor(keygen.sign("key", kMessage), kSignatureLabel).value();
  for (std::size_t at = 0; at < blob.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = blob;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      EXPECT_FALSE(accepts(kMessage, add_armor(changed, kSignatureLabel))) << "bit " << bit << " of byte " << at;
    }
  }
}

TEST_P(EveryKey, AcceptsNoneThatIsCutShortOrGoesOn) {
  const auto blob = remove_armor(keygen.sign("key", kMessage), kSignatureLabel).value();
  for (std::size_t size = 0; size < blob.size(); ++size)
    EXPECT_FALSE(accepts(kMessage, add_armor(blob.substr(0, size), kSignatureLabel))) << size;
  EXPECT_FALSE(accepts(kMessage, add_armor(blob + '\0', kSignatureLabel)));
}

TEST_P(EveryKey, AcceptsNoFlippedByteOfTheMessage) {
  const auto signature = keygen.sign("key", kMessage);
  for (std::size_t at = 0; at < kMessage.size(); ++at) {
    std::string changed(kMessage);
    changed[at] = static_cast<char>(changed[at] ^ 1);
    EXPECT_FALSE(accepts(changed, signature)) << at;
  }
}

TEST_P(EveryKey, CertifiesAndIsCertified) {
  keygen.make_key("other", "ed25519");
  keygen.certify("key", "other", {"-n", "ann@example.com", "-V", "20260101Z:20270101Z"});
  const std::string authority = "*@example.com cert-authority " + keygen.public_key("key");
  const auto by_authority = keygen.sign("other-cert.pub", kMessage);
  const Keys keys{parse_allowed_signers(authority, "allowed_signers").value()};
  const auto signer = verify(kMessage, by_authority, "ann@example.com", keys, now);
  ASSERT_TRUE(signer) << describe(signer.error());
  EXPECT_EQ(signer->certificate->key_id, "an id");
  keygen.make_key("authority", "ecdsa");
  keygen.certify("authority", "key", {"-n", "ann@example.com"});
  const auto certified = keygen.sign("key-cert.pub", kMessage);
  const auto text = "*@example.com cert-authority " + keygen.public_key("authority");
  const Keys others{parse_allowed_signers(text, "allowed_signers").value()};
  const auto with_certificate = verify(kMessage, certified, "ann@example.com", others, now);
  EXPECT_TRUE(with_certificate) << describe(with_certificate.error());
}

INSTANTIATE_TEST_SUITE_P(Of, EveryKey,
                         testing::Values(KeyKind{"ed25519"}, KeyKind{"ecdsa", {"-b", "256"}},
                                         KeyKind{"ecdsa", {"-b", "384"}}, KeyKind{"ecdsa", {"-b", "521"}},
                                         KeyKind{"rsa", {"-b", "1024"}}, KeyKind{"rsa", {"-b", "3072"}},
                                         KeyKind{"ed25519-sk"}, KeyKind{"ecdsa-sk"}),
                         name_of);

}  // namespace
}  // namespace jitgate::signature
