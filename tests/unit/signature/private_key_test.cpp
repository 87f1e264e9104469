#include "agent/signature/private_key.hpp"

#include <gtest/gtest.h>

#include "agent/signature/agent_message.hpp"
#include "agent/signature/armor.hpp"
#include "agent/signature/signing_key.hpp"
#include "agent/signature/wire_writer.hpp"
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

std::string body(int type, std::initializer_list<std::string_view> strings, int count = -1) {
  std::string made(1, static_cast<char>(type));
  if (count >= 0) append_u32(made, static_cast<std::uint32_t>(count));
  for (const std::string_view string : strings) append_string(made, string);
  return made;
}

TEST(AgentMessage, IsFramedByItsLength) {
  EXPECT_EQ(ask_for_keys(), std::string("\0\0\0\1\x0b", 5));
  EXPECT_EQ(agent_message_size(std::string("\0\0\1\0", 4)).value(), 256U);
  EXPECT_FALSE(agent_message_size(std::string("\0\0\0\0", 4)));
  EXPECT_FALSE(agent_message_size(std::string("\0\4\0\1", 4)));
  EXPECT_FALSE(agent_message_size("abc"));
}

TEST(AgentMessage, AnswersAreReadStrictly) {
  EXPECT_EQ(read_keys(body(12, {"blob", "comment", "other", ""}, 2)).value(),
            (std::vector<std::string>{"blob", "other"}));
  EXPECT_FALSE(read_keys(body(12, {"blob", "comment"}, 2)));
  EXPECT_FALSE(read_keys(body(12, {"blob", "comment"}, 0)));
  EXPECT_FALSE(read_keys(body(12, {}, 0x7fffffff)));
  EXPECT_FALSE(read_keys(body(5, {})));
  EXPECT_FALSE(read_keys(""));
  EXPECT_EQ(read_signature(body(14, {"signature"})).value(), "signature");
  EXPECT_FALSE(read_signature(body(14, {"signature", "more"})));
  EXPECT_FALSE(read_signature(body(12, {"signature"})));
  EXPECT_EQ(read_signature(body(5, {})).error().code, errc::refused);
}

}  // namespace
}  // namespace jitgate::signature
