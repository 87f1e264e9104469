#include <gtest/gtest.h>

#include "agent/signature/public_key.hpp"
#include "agent/signature/wire_writer.hpp"

namespace jitgate::signature {
namespace {

std::string rsa_blob(std::string_view exponent, std::string_view modulus) {
  std::string blob;
  append_string(blob, "ssh-rsa");
  append_mpint(blob, exponent);
  append_mpint(blob, modulus);
  return blob;
}

TEST(RsaKey, MustHaveASizeAndAnExponentThatCanBeTrusted) {
  const std::string good(128, '\x81');
  EXPECT_TRUE(parse_public_key(rsa_blob("\x03", good)));
  EXPECT_FALSE(parse_public_key(rsa_blob("\x01", good)));
  EXPECT_FALSE(parse_public_key(rsa_blob("\x04", good)));
  EXPECT_FALSE(parse_public_key(rsa_blob(std::string(9, '\x03'), good)));
  EXPECT_FALSE(parse_public_key(rsa_blob("\x03", "\x7f" + good.substr(1))));
  EXPECT_FALSE(parse_public_key(rsa_blob("\x03", std::string(2049, '\x01'))));
  EXPECT_TRUE(parse_public_key(rsa_blob("\x03", std::string(2048, '\x81'))));
}

}  // namespace
}  // namespace jitgate::signature
