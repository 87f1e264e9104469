#include "agent/signature/allowed_signers.hpp"

#include <gtest/gtest.h>

#include "agent/signature/pattern_list.hpp"
#include "tests/fake/manual_clock.hpp"

namespace jitgate::signature {
namespace {

constexpr const char* kKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g";

/// The message about the file's only problem.
std::string problem(const std::string& text) {
  const auto parsed = parse_allowed_signers(text, "signers");
  if (parsed) return {};
  return parsed.error().details.size() == 1 ? describe(parsed.error().details[0]) : describe(parsed.error());
}

std::string line(const std::string& options) {
  return "ann " + options + " " + kKey;
}

TEST(AllowedSigners, KeepWhatALineSays) {
  const auto parsed = parse_allowed_signers(
      std::string("# first\n\nann,bob cert-authority,namespaces=\"a,\\\"b\\\"\",valid-after=\"20260101Z\","
                  "valid-before=\"20270101120000Z\" ") +
          kKey + " a comment",
      "signers");
  ASSERT_TRUE(parsed) << describe(parsed.error());
  ASSERT_EQ(parsed->signers.size(), 1U);
  const AllowedSigner& signer = parsed->signers[0];
  EXPECT_EQ(signer.line, 3U);
  EXPECT_EQ(signer.principals, "ann,bob");
  EXPECT_TRUE(signer.cert_authority);
  EXPECT_EQ(signer.namespaces, "a,\"b\"");
  EXPECT_EQ(signer.valid_after, 1767225600U);
  EXPECT_EQ(signer.valid_before, 1798804800U);
  EXPECT_EQ(signer.key.type, KeyType::ed25519);
}

TEST(AllowedSigners, ErrorsNameTheLineAndWhatIsWrong) {
  EXPECT_EQ(problem("# one\n\nann\n"), "signers:3: the key is missing");
  EXPECT_EQ(problem("ann ssh-ed25519 AAAA"), "signers:1: the key is malformed");
  EXPECT_EQ(problem("ann ssh-ed25519 AA*A"), "signers:1: the key is not base64");
  EXPECT_EQ(problem("ann ssh-dss AAAA x"), "signers:1: keys of the type \"ssh-dss\" are not supported");
  EXPECT_EQ(problem(std::string("ann ssh-rsa ") + (kKey + 12)),
            "signers:1: the key is not of the type \"ssh-rsa\" that stands before it");
  EXPECT_EQ(problem(line("verify-required")), "signers:1: the option \"verify-required\" is unknown");
  EXPECT_EQ(problem(line("namespaces=x")), "signers:1: the value of namespaces must stand in double quotes");
  EXPECT_EQ(problem(line("namespaces=\"x")), "signers:1: quotes are not closed");
  EXPECT_EQ(problem(line("namespaces=\"x\",namespaces=\"y\"")), "signers:1: namespaces is given twice");
  EXPECT_EQ(problem(line("valid-after=\"20260230\"")),
            "signers:1: valid-after: \"20260230\" is not a time YYYYMMDD[Z] or YYYYMMDDHHMM[SS][Z] after 1970");
  EXPECT_EQ(problem(line("valid-after=\"20260102\",valid-before=\"20260102\"")),
            "signers:1: valid-before is not later than valid-after");
  EXPECT_EQ(problem(line("cert-authorityx")), "signers:1: expected a comma before \"x\"");
  EXPECT_EQ(problem(line("cert-authority,")), "signers:1: the option \"\" is unknown");
  EXPECT_EQ(problem(std::string("\"ann ") + kKey), "signers:1: quotes are not closed");
}

TEST(AllowedSigners, ReportEveryProblemUpToALimit) {
  const auto parsed = parse_allowed_signers("x\n" + line("") + "\ny\n", "signers");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().details.size(), 2U);
  std::string nonsense;
  for (int i = 0; i < 1000; ++i) nonsense += "x\n";
  EXPECT_EQ(parse_allowed_signers(nonsense, "signers").error().details.size(), 32U);
  EXPECT_FALSE(parse_allowed_signers(std::string(kMaxAllowedSigners + 1, '\n'), "signers"));
}

TEST(AllowedSigners, SayOfEachLineWhyItDoesNotCount) {
  const auto parsed = parse_allowed_signers(
      line("namespaces=\"file\"") + "\n" + line("valid-before=\"20200101\"") + "\nbob " + kKey + "\n", "signers");
  ASSERT_TRUE(parsed);
  const SigningKey key{parsed->signers[0].key, {}};
  const auto verdict = check_signer(*parsed, key, "ann", "jitgate", Presence::unknown, ManualClock().wall_now());
  ASSERT_FALSE(verdict);
  ASSERT_EQ(verdict.error().details.size(), 3U);
  EXPECT_EQ(describe(verdict.error().details[0]), "signers:1: the key may not sign in the namespace \"jitgate\"");
  EXPECT_EQ(describe(verdict.error().details[1]), "signers:2: the key has expired");
  EXPECT_EQ(describe(verdict.error().details[2]), "signers:3: the key is not one of \"ann\"");
}

TEST(AllowedSigners, CountForNobodyBefore1970) {
  const auto parsed = parse_allowed_signers(line("valid-after=\"19700102Z\""), "signers").value();
  const SigningKey key{parsed.signers[0].key, {}};
  EXPECT_FALSE(check_signer(parsed, key, "ann", "jitgate", Presence::unknown, WallTime(std::chrono::hours(-1))));
}

/// OpenSSH's matcher takes exponential time for this one.
TEST(PatternList, TakesNoLongerForManyStars) {
  std::string pattern;
  for (int i = 0; i < 1000; ++i) pattern += "*a";
  const std::string text(5000, 'a');
  EXPECT_TRUE(matches_pattern_list(text, pattern));
  EXPECT_FALSE(matches_pattern_list(text, pattern + "b"));
}

TEST(PatternList, TellsWhatMatches) {
  EXPECT_TRUE(matches_pattern_list("ab", "a*b"));
  EXPECT_TRUE(matches_pattern_list("", "*"));
  EXPECT_FALSE(matches_pattern_list("", "?"));
  EXPECT_FALSE(matches_pattern_list("", ""));
  EXPECT_FALSE(matches_pattern_list("a", "!a,a"));
  EXPECT_FALSE(matches_pattern_list("a", "a,!*"));
  EXPECT_TRUE(matches_pattern_list("!a", "\?a"));
  EXPECT_FALSE(matches_pattern_list("a,b", "a,b"));
}

}  // namespace
}  // namespace jitgate::signature
