#include <gtest/gtest.h>

#include <functional>

#include "agent/signature/armor.hpp"
#include "agent/signature/verify.hpp"
#include "tests/fake/manual_clock.hpp"
#include "tests/unit/signature/ssh_keygen.hpp"

namespace jitgate::signature {
namespace {

constexpr std::string_view kMessage = "a document";
constexpr const char* kPrincipal = "ann@example.com";

/// One question to both: does this signature count?
struct Case {
  std::string what;
  std::string allowed;
  std::string signature;
  bool expected;
  std::string revoked{};
  std::string principal = kPrincipal;
  std::string message{kMessage};
};

/// Everything that the tables speak of; made once, for keys take their time.
class Agreement : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    keygen = new SshKeygen;
    for (const std::string name : {"ann", "bob", "authority", "holder", "host"}) keygen->make_key(name, "ed25519");
    keygen->make_key("rsa", "rsa", {"-b", "2048"});
    keygen->make_key("security", "ed25519-sk");
  }
  static void TearDownTestSuite() { delete keygen; }

  static std::string key(const std::string& name) { return keygen->public_key(name); }
  static std::string signature(const std::string& name, const std::string& name_space = "jitgate") {
    return keygen->sign(name, kMessage, name_space);
  }
  static std::string certified(const std::vector<std::string>& options) {
    keygen->certify("authority", "holder", options);
    return signature("holder-cert.pub");
  }

  /// Ours, where a file that cannot be read counts for nobody.
  Result<VerifiedSigner> ours(const Case& asked) const {
    auto allowed = parse_allowed_signers(asked.allowed, "allowed_signers");
    if (!allowed) return allowed.error();
    auto revoked = parse_revoked_keys(asked.revoked, "revoked");
    if (!revoked) return revoked.error();
    return verify(asked.message, asked.signature, asked.principal, {std::move(*allowed), std::move(*revoked)}, now);
  }

  void hold(const std::vector<Case>& cases) const {
    for (const Case& asked : cases) {
      const auto verdict = ours(asked);
      const bool theirs =
          keygen->verifies(asked.allowed, asked.principal, asked.message, asked.signature, now, asked.revoked);
      EXPECT_EQ(theirs, asked.expected) << asked.what << ": ssh-keygen: " << keygen->read("stderr");
      EXPECT_EQ(verdict.has_value(), asked.expected)
          << asked.what << ": ours: " << (verdict ? "" : describe(verdict.error()));
    }
  }

  static SshKeygen* keygen;
  const WallTime now = ManualClock().wall_now();  // 2026-11-21T18:00:00Z
};

SshKeygen* Agreement::keygen = nullptr;

TEST_F(Agreement, OnPrincipals) {
  const std::string made = signature("ann");
  const std::string ann = key("ann");
  hold({
      {"exact", "ann@example.com " + ann, made, true},
      {"one of several", "bob@example.com,ann@example.com " + ann, made, true},
      {"star", "*@example.com " + ann, made, true},
      {"question mark", "???@example.com " + ann, made, true},
      {"too few question marks", "??@example.com " + ann, made, false},
      {"several stars", "*n*@*.c*m " + ann, made, true},
      {"star that needs to go back", "*@ex*ample.com,a*e.co " + ann, made, true},
      {"excluded", "*@example.com,!ann@example.com " + ann, made, false},
      {"excluded before", "!ann@example.com,*@example.com " + ann, made, false},
      {"another excluded", "!bob@example.com,*@example.com " + ann, made, true},
      {"exclusions alone", "!bob@example.com " + ann, made, false},
      {"case", "Ann@example.com " + ann, made, false},
      {"another", "bob@example.com " + ann, made, false},
      {"prefix", "ann@example.co " + ann, made, false},
      {"quoted", "\"ann@example.com\" " + ann, made, true},
      {"quoted with a blank", "\"ann@example.com,the boss\" " + ann, made, true},
      {"quoted in part", "bob,\"ann@example.com\" " + ann, made, true},
      {"empty patterns", ",,ann@example.com,, " + ann, made, true},
  });
}

TEST_F(Agreement, OnKeysAndSignatures) {
  const std::string made = signature("ann");
  const std::string rsa = "ann@example.com " + key("rsa");
  const std::string ann = "ann@example.com " + key("ann");
  hold({
      {"key of another", "ann@example.com " + key("bob"), made, false},
      {"second line", "ann@example.com " + key("bob") + "\n" + ann + "\n", made, true},
      {"empty file", "", made, false},
      {"comments and empty lines", "# comment\n\n  \t\n  # another\n  " + ann + " # and a third\n", made, true},
      {"tabs", "ann@example.com\t" + key("ann"), made, true},
      {"carriage returns", ann + "\r\n", made, true},
      {"no comment, no line end", ann.substr(0, ann.size() - 6), made, true},
      {"another message", ann, made, false, "", kPrincipal, "another"},
      {"empty message", ann, keygen->sign("ann", ""), true, "", kPrincipal, ""},
      {"another namespace", ann, signature("ann", "file"), false},
      {"rsa", rsa, signature("rsa"), true},
      {"touched security key", "ann@example.com " + key("security"), signature("security"), true},
      {"no signature", ann, "", false},
      {"no header", ann, made.substr(made.find('\n') + 1), false},
      {"no footer", ann, made.substr(0, made.find("-----END")), false},
      {"revoked", ann, made, false, key("ann")},
      {"another revoked", ann, made, true, key("bob")},
  });
}

TEST_F(Agreement, OnOptions) {
  const std::string made = signature("ann");
  const auto with = [](const std::string& options) { return "ann@example.com " + options + " " + key("ann"); };
  hold({
      {"namespace", with("namespaces=\"jitgate\""), made, true},
      {"namespaces", with("namespaces=\"file,jit*\""), made, true},
      {"another namespace", with("namespaces=\"file\""), made, false},
      {"excluded namespace", with("namespaces=\"*,!jitgate\""), made, false},
      {"name in capitals", with("NameSpaces=\"jitgate\""), made, true},
      {"quote in a value", with("namespaces=\"a\\\"b,jitgate\""), made, true},
      {"blank in a value", with("namespaces=\"a b,jitgate\""), made, true},
      {"no quotes", with("namespaces=jitgate"), made, false},
      {"open quotes", with("namespaces=\"jitgate"), made, false},
      {"twice", with("namespaces=\"jitgate\",namespaces=\"jitgate\""), made, false},
      {"unknown", with("verify-required"), made, false},
      {"known with more behind it", with("namespaces=\"jitgate\"x"), made, false},
      {"comma at the end", with("namespaces=\"jitgate\","), made, false},
      {"authority that signs itself", with("cert-authority"), made, false},
      {"valid", with("valid-after=\"20260101\",valid-before=\"20270101\""), made, true},
      {"in UTC", with("valid-after=\"20261121180000Z\""), made, true},
      {"not yet", with("valid-after=\"20261121180001Z\""), made, false},
      {"up to now", with("valid-before=\"20261121180000Z\""), made, true},
      {"not any more", with("valid-before=\"20261121175959Z\""), made, false},
      {"minutes", with("valid-before=\"202611211759Z\""), made, false},
      {"lower case z", with("valid-after=\"20261121180001z\""), made, false},
      {"reversed", with("valid-after=\"20270101\",valid-before=\"20260101\""), made, false},
      {"no time", with("valid-after=\"soon\""), made, false},
      {"too few digits", with("valid-after=\"2026112118\""), made, false},
      {"1970", with("valid-after=\"19700101Z\""), made, false},
      {"missing key", "ann@example.com namespaces=\"jitgate\"", made, false},
      {"principals alone", "ann@example.com", made, false},
  });
}

TEST_F(Agreement, OnCertificates) {
  const std::string authority = "*@example.com cert-authority " + key("authority");
  const std::string good = certified({"-n", "ann@example.com", "-V", "20260101Z:20270101Z", "-z", "9"});
  hold({
      {"certificate", authority, good, true},
      {"another principal of the pattern", authority, good, false, "", "bob@example.com"},
      {"principal outside the pattern", "*@example.org cert-authority " + key("authority"), good, false},
      {"options in capitals", "*@example.com CERT-AUTHORITY,namespaces=\"jitgate\" " + key("authority"), good, true},
      {"authority for another namespace", "*@example.com cert-authority,namespaces=\"file\" " + key("authority"), good,
       false},
      {"authority not valid any more", "*@example.com cert-authority,valid-before=\"20260601\" " + key("authority"),
       good, false},
      {"not an authority", "*@example.com " + key("authority"), good, false},
      {"another authority", "*@example.com cert-authority " + key("bob"), good, false},
      {"plain key of a certified one", "ann@example.com " + key("holder"), good, false},
      {"plain signature of a certified key", authority, signature("holder"), false},
      {"revoked key of a certificate", authority, good, false, key("holder")},
      {"revoked authority", authority, good, false, key("authority")},
      {"no principals", authority, certified({"-V", "20260101Z:20270101Z"}), false},
      {"several principals", authority, certified({"-n", "x,ann@example.com,y"}), true},
      {"principal that is a pattern", authority, certified({"-n", "*@example.com"}), false},
      {"not valid yet", authority, certified({"-n", kPrincipal, "-V", "20261121180001Z:20270101Z"}), false},
      {"from now on", authority, certified({"-n", kPrincipal, "-V", "20261121180000Z:20270101Z"}), true},
      {"until now", authority, certified({"-n", kPrincipal, "-V", "20260101Z:20261121180000Z"}), false},
      {"a second left", authority, certified({"-n", kPrincipal, "-V", "20260101Z:20261121180001Z"}), true},
      {"host certificate", authority, certified({"-h", "-n", kPrincipal}), false},
      {"extensions", authority, certified({"-n", kPrincipal, "-O", "extension:x@example.com=y"}), true},
  });
}

/// Ours is stricter on purpose, each of these for a reason that docs/signatures.md gives.
TEST_F(Agreement, EndsWhereOursIsStricter) {
  const auto refused = [this](const Case& asked) {
    EXPECT_TRUE(keygen->verifies(asked.allowed, kPrincipal, kMessage, asked.signature, now)) << asked.what;
    const auto verdict = ours(asked);
    EXPECT_FALSE(verdict) << asked.what;
    return verdict ? std::string() : describe(verdict.error());
  };
  const std::string authority = "*@example.com cert-authority " + key("authority");
  keygen->make_key("untouched", "ed25519-sk", {"-O", "no-touch-required"});
  EXPECT_NE(refused({"no touch", "ann@example.com " + key("untouched"), signature("untouched"), false}).find("touched"),
            std::string::npos);
  for (const std::string option :
       {"force-command=id", "source-address=192.0.2.0/24", "verify-required", "critical:other@example.com=x"})
    refused({option, authority, certified({"-n", kPrincipal, "-O", option}), false});
  keygen->certify("rsa", "holder", {"-t", "ssh-rsa", "-n", kPrincipal});
  refused({"SHA-1", "*@example.com cert-authority " + key("rsa"), signature("holder-cert.pub"), false});
  const std::string made = signature("ann");
  const std::string ann = "ann@example.com " + key("ann");
  EXPECT_NE(refused({"a line that cannot be read", "nonsense\n" + ann, made, false}).find("allowed_signers:1"),
            std::string::npos);
  refused({"text after the footer", ann, made + "more", false});
  refused({"a date that does not exist", "ann@example.com valid-after=\"20260231\" " + key("ann"), made, false});
}

}  // namespace
}  // namespace jitgate::signature
