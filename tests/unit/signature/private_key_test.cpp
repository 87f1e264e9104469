#include "agent/signature/private_key.hpp"

#include <gtest/gtest.h>

#include "agent/signature/armor.hpp"
#include "agent/signature/signing_key.hpp"
#include "tests/unit/signature/ssh_keygen.hpp"

namespace jitgate::signature {
namespace {

class PrivateKey : public testing::Test {
 protected:
  void make(const std::string& passphrase) {
    const auto made = keygen.run({"ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", keygen.path("key")});
    ASSERT_EQ(made.status, 0) << keygen.read("stderr");
  }
  SshKeygen keygen;
};

TEST_F(PrivateKey, WithAPassphraseShowsItsPublicHalfAlone) {
  make("a passphrase");
  const auto file = parse_private_key(keygen.read("key"));
  ASSERT_TRUE(file) << describe(file.error());
  EXPECT_EQ(file->secret, nullptr);
  EXPECT_EQ(file->withheld, "is protected by a passphrase");
  EXPECT_EQ(file->key, parse_key_text(keygen.public_key("key")).value().key);
}

TEST_F(PrivateKey, InAnotherFormatIsRefused) {
  make("");
  ASSERT_EQ(keygen.run({"ssh-keygen", "-q", "-t", "ecdsa", "-m", "PEM", "-N", "", "-f", keygen.path("pem")}).status, 0);
  EXPECT_FALSE(parse_private_key(keygen.read("pem")));
  EXPECT_FALSE(parse_private_key(keygen.read("key.pub")));
  EXPECT_FALSE(parse_private_key(""));
}

/// A key that is damaged is refused, or signs what does not hold, which make_signature() finds out.
TEST_F(PrivateKey, ThatIsDamagedGivesNothingThatHolds) {
  make("");
  const std::string blob = remove_armor(keygen.read("key"), kPrivateKeyLabel).value();
  const PublicKey real = parse_private_key(keygen.read("key")).value().key;
  for (std::size_t at = 0; at < blob.size(); ++at) {
    std::string changed = blob;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const auto file = parse_private_key(add_armor(changed, kPrivateKeyLabel));
    if (!file || !file->secret) continue;
    const auto made = sign_raw(file->key, *file->secret, "x");
    const bool same_key = file->key == real;
    const bool holds = made && verify_raw(file->key, *made, "x").has_value();
    EXPECT_TRUE(same_key || !holds) << at;
  }
  for (std::size_t size = 0; size < blob.size(); ++size)
    EXPECT_FALSE(parse_private_key(add_armor(blob.substr(0, size), kPrivateKeyLabel))) << size;
}

}  // namespace
}  // namespace jitgate::signature
