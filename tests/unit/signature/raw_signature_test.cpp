#include "agent/signature/raw_signature.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "agent/signature/armor.hpp"
#include "agent/signature/private_key.hpp"
#include "agent/signature/wire_writer.hpp"
#include "tests/unit/signature/ssh_keygen.hpp"

namespace jitgate::signature {
namespace {

constexpr std::string_view kMessage = "a message";

std::string rsa_signature(EVP_PKEY* secret, const char* digest, std::string_view algorithm) {
  const std::unique_ptr<EVP_MD_CTX, EvpFree> context(EVP_MD_CTX_new());
  std::string made(1024, '\0');
  std::size_t size = made.size();
  EVP_DigestSignInit_ex(context.get(), nullptr, digest, nullptr, nullptr, secret, nullptr);
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(made.data()), &size,
                 reinterpret_cast<const unsigned char*>(kMessage.data()), kMessage.size());
  std::string signature;
  append_string(signature, algorithm);
  append_string(signature, made.substr(0, size));
  return signature;
}

class RawSignature : public testing::Test {
 protected:
  PrivateKeyFile made(const std::string& type, const std::vector<std::string>& options = {}) const {
    keygen.make_key("key", type, options);
    return parse_private_key(keygen.read("key")).value();
  }
  SshKeygen keygen;
};

TEST_F(RawSignature, OfRsaNamesTheHashThatItWasMadeWith) {
  const PrivateKeyFile rsa = made("rsa", {"-b", "2048"});
  EVP_PKEY* secret = rsa.secret.get();
  EXPECT_TRUE(verify_raw(rsa.key, rsa_signature(secret, "SHA256", "rsa-sha2-256"), kMessage));
  EXPECT_TRUE(verify_raw(rsa.key, rsa_signature(secret, "SHA512", "rsa-sha2-512"), kMessage));
  EXPECT_FALSE(verify_raw(rsa.key, rsa_signature(secret, "SHA256", "rsa-sha2-512"), kMessage));
  EXPECT_FALSE(verify_raw(rsa.key, rsa_signature(secret, "SHA512", "rsa-sha2-256"), kMessage));
}

TEST_F(RawSignature, WithSha1IsRefused) {
  const PrivateKeyFile rsa = made("rsa", {"-b", "2048"});
  for (const char* digest : {"SHA1", "SHA256"}) {
    const auto verdict = verify_raw(rsa.key, rsa_signature(rsa.secret.get(), digest, "ssh-rsa"), kMessage);
    ASSERT_FALSE(verdict);
    EXPECT_NE(verdict.error().message.find("\"ssh-rsa\" is not accepted"), std::string::npos);
  }
}

TEST_F(RawSignature, NamesTheAlgorithmOfItsKey) {
  const PrivateKeyFile ed25519 = made("ed25519");
  std::string signature = sign_raw(ed25519.key, *ed25519.secret, kMessage).value();
  EXPECT_TRUE(verify_raw(ed25519.key, signature, kMessage));
  signature.replace(4, 11, "ssh-ed25518");
  EXPECT_FALSE(verify_raw(ed25519.key, signature, kMessage));
}

/// One encoding of each number: another one would be another signature, and another key.
TEST_F(RawSignature, WithNeedlessZerosIsMalformed) {
  const PrivateKeyFile ecdsa = made("ecdsa");
  for (int round = 0; round < 20; ++round) {
    const std::string signature = sign_raw(ecdsa.key, *ecdsa.secret, kMessage).value();
    ASSERT_TRUE(verify_raw(ecdsa.key, signature, kMessage));
    WireReader reader(signature);
    const std::string_view algorithm = reader.string();
    WireReader numbers(reader.string());
    const std::string_view r = numbers.string();
    std::string padded;
    append_string(padded, std::string(1, '\0') + std::string(r));
    append_string(padded, numbers.string());
    std::string changed;
    append_string(changed, algorithm);
    append_string(changed, padded);
    EXPECT_FALSE(verify_raw(ecdsa.key, changed, kMessage));
  }
}

TEST_F(RawSignature, ByAnInvalidPointDoesNotHold) {
  const PrivateKeyFile ecdsa = made("ecdsa");
  PublicKey off_curve = ecdsa.key;
  off_curve.point.back() = static_cast<char>(off_curve.point.back() ^ 1);
  EXPECT_FALSE(verify_raw(off_curve, sign_raw(ecdsa.key, *ecdsa.secret, kMessage).value(), kMessage));
}

TEST_F(RawSignature, LeavesNoErrorOfLibcryptoBehind) {
  const PrivateKeyFile ed25519 = made("ed25519");
  EXPECT_FALSE(verify_raw(ed25519.key, std::string(64, 'x'), kMessage));
  EXPECT_FALSE(verify_raw(ed25519.key, sign_raw(ed25519.key, *ed25519.secret, "other").value(), kMessage));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

}  // namespace
}  // namespace jitgate::signature
