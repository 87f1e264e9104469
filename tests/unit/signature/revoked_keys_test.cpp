#include "agent/signature/revoked_keys.hpp"

#include <gtest/gtest.h>

#include "tests/unit/signature/ssh_keygen.hpp"

namespace jitgate::signature {
namespace {

class RevokedKeyList : public testing::Test {
 protected:
  void SetUp() override {
    keygen.make_key("ann", "ed25519");
    keygen.make_key("bob", "ecdsa");
  }
  PublicKey key(const std::string& name) const { return parse_key_text(keygen.public_key(name)).value().key; }
  RevokedKeys list(const std::string& text) const { return parse_revoked_keys(text, "revoked").value(); }

  SshKeygen keygen;
};

TEST_F(RevokedKeyList, HoldsFingerprintsListingsAndKeys) {
  const std::string print = fingerprint(key("ann"));
  const std::string listing = keygen.run({"ssh-keygen", "-l", "-f", keygen.path("ann.pub")}).out;
  for (const std::string& text : {print, print + " lost with a laptop\n", "# why\n\n\t" + print + "\r\n", listing,
                                  keygen.public_key("ann") + "\n"}) {
    EXPECT_TRUE(list(text).contains(key("ann"))) << text;
    EXPECT_FALSE(list(text).contains(key("bob"))) << text;
  }
  EXPECT_EQ(list("# nobody\n").size(), 0U);
}

TEST_F(RevokedKeyList, TakesACertificateForItsKey) {
  keygen.certify("bob", "ann", {"-n", "x"});
  const RevokedKeys keys = list(keygen.public_key("ann-cert"));
  EXPECT_TRUE(keys.contains(key("ann")));
  EXPECT_FALSE(keys.contains(key("bob")));
}

TEST_F(RevokedKeyList, RevokesWhatAnAuthorityCertified) {
  keygen.certify("bob", "ann", {"-n", "x"});
  const SigningKey certified = parse_key_text(keygen.public_key("ann-cert")).value();
  EXPECT_TRUE(list(fingerprint(key("bob"))).revokes(certified));
  EXPECT_TRUE(list(fingerprint(key("ann"))).revokes(certified));
  EXPECT_FALSE(list("").revokes(certified));
}

TEST_F(RevokedKeyList, WithALineThatSaysNothingIsAnError) {
  const std::string print = fingerprint(key("ann"));
  for (const std::string& wrong : {std::string("ann@example.com"), print.substr(0, print.size() - 1), print + "=",
                                   "MD5:" + print.substr(7), std::string("SHA256:"), std::string("256")}) {
    const auto parsed = parse_revoked_keys(print + "\n" + wrong + "\n", "revoked");
    ASSERT_FALSE(parsed) << wrong;
    EXPECT_EQ(parsed.error().details.at(0).target, "revoked:2") << wrong;
  }
}

TEST_F(RevokedKeyList, ThatIsBinaryIsRefused) {
  ASSERT_EQ(keygen.run({"ssh-keygen", "-k", "-f", keygen.path("krl"), keygen.path("ann.pub")}).status, 0);
  const auto parsed = parse_revoked_keys(keygen.read("krl"), "revoked");
  ASSERT_FALSE(parsed);
  EXPECT_NE(describe(parsed.error()).find("binary"), std::string::npos);
}

}  // namespace
}  // namespace jitgate::signature
