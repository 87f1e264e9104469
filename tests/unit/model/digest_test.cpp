#include "agent/model/digest.hpp"

#include <gtest/gtest.h>

namespace jitgate {
namespace {

TEST(Digest, MatchesTheStandardVectors) {
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Digest, SurvivesItsText) {
  const Digest digest = sha256("jitgate");
  EXPECT_EQ(parse_digest(to_hex(digest)).value(), digest);
}

TEST(Digest, WrongTextIsRefused) {
  const std::string good = to_hex(sha256("x"));
  EXPECT_FALSE(parse_digest(""));
  EXPECT_FALSE(parse_digest(good.substr(1)));
  EXPECT_FALSE(parse_digest(good + "0"));
  EXPECT_FALSE(parse_digest("E" + std::string(63, '0')));
  EXPECT_FALSE(parse_digest(std::string(63, '0') + "g"));
  EXPECT_FALSE(parse_digest(std::string(64, '\0')));
}

}  // namespace
}  // namespace jitgate
