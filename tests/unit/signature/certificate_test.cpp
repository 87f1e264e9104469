#include "agent/signature/certificate.hpp"

#include <gtest/gtest.h>

#include "agent/signature/base64.hpp"
#include "agent/signature/signing_key.hpp"
#include "tests/fake/manual_clock.hpp"
#include "tests/unit/signature/ssh_keygen.hpp"

namespace jitgate::signature {
namespace {

class Certificates : public testing::Test {
 protected:
  void SetUp() override {
    keygen.make_key("authority", "ed25519");
    keygen.make_key("holder", "ecdsa");
  }
  Certificate made(std::vector<std::string> options) const {
    options.insert(options.begin(), {"-n", "ann,bob", "-z", "18446744073709551615", "-V", "20260101Z:20270101Z"});
    keygen.certify("authority", "holder", options);
    const std::string text = keygen.public_key("holder-cert");
    return parse_key_text(text).value().certificate.value();
  }

  SshKeygen keygen;
  const WallTime now = ManualClock().wall_now();
};

TEST_F(Certificates, AreReadAsSshKeygenMakesThem) {
  const Certificate certificate = made({"-O", "verify-required", "-O", "extension:a@b=c"});
  EXPECT_EQ(certificate.serial, 18446744073709551615ULL);
  EXPECT_EQ(certificate.kind, CertificateKind::user);
  EXPECT_EQ(certificate.key_id, "an id");
  EXPECT_EQ(certificate.principals, (std::vector<std::string>{"ann", "bob"}));
  EXPECT_EQ(certificate.valid_after, 1767225600U);
  EXPECT_EQ(certificate.valid_before, 1798761600U);
  EXPECT_EQ(certificate.critical_options, std::vector<std::string>{"verify-required"});
  EXPECT_EQ(certificate.authority, parse_key_text(keygen.public_key("authority")).value().key);
  EXPECT_EQ(certificate.key, parse_key_text(keygen.public_key("holder")).value().key);
}

TEST_F(Certificates, CountForWhomTheyList) {
  const Certificate certificate = made({});
  EXPECT_TRUE(check_certificate(certificate, "ann", Presence::unknown, now));
  EXPECT_TRUE(check_certificate(certificate, "bob", Presence::unknown, now));
  EXPECT_FALSE(check_certificate(certificate, "an", Presence::unknown, now));
  EXPECT_FALSE(check_certificate(certificate, "ann,bob", Presence::unknown, now));
  EXPECT_FALSE(check_certificate(certificate, "", Presence::unknown, now));
}

TEST_F(Certificates, NeedAVerifiedUserWhereTheySaySo) {
  const Certificate certificate = made({"-O", "verify-required"});
  EXPECT_TRUE(check_certificate(certificate, "ann", Presence::verified, now));
  EXPECT_FALSE(check_certificate(certificate, "ann", Presence::touched, now));
  EXPECT_FALSE(check_certificate(certificate, "ann", Presence::unknown, now));
}

/// Whatever is changed, either the authority's signature breaks or nothing can be read.
TEST_F(Certificates, CountWithNoBitChanged) {
  const Certificate certificate = made({});
  for (std::size_t at = 0; at < certificate.blob.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = certificate.blob;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      const auto parsed = parse_certificate(changed);
      const bool counts = parsed && check_certificate(*parsed, "ann", Presence::verified, now) &&
                          parsed->authority == certificate.authority;
      EXPECT_FALSE(counts) << "bit " << bit << " of byte " << at;
    }
  }
}

TEST_F(Certificates, CutShortOrGoingOnAreMalformed) {
  const Certificate certificate = made({});
  for (std::size_t size = 0; size < certificate.blob.size(); ++size)
    EXPECT_FALSE(parse_certificate(certificate.blob.substr(0, size))) << size;
  EXPECT_FALSE(parse_certificate(certificate.blob + "x"));
}

TEST_F(Certificates, OfACertificateAreMalformed) {
  const Certificate inner = made({});
  std::string blob = inner.blob;
  const std::size_t authority = blob.find(inner.authority.blob);
  ASSERT_NE(authority, std::string::npos);
  // An authority must be a plain key.
  blob[authority + 4] = 'S';
  EXPECT_FALSE(parse_certificate(blob));
}

}  // namespace
}  // namespace jitgate::signature
