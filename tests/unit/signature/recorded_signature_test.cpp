// Signatures that the real ssh-keygen made once (OpenSSH 9.2), where there is none to be asked.
#include <gtest/gtest.h>

#include "agent/signature/make_signature.hpp"
#include "agent/signature/private_key.hpp"
#include "agent/signature/raw_signature.hpp"
#include "agent/signature/verify.hpp"
#include "tests/fake/manual_clock.hpp"

namespace jitgate::signature {
namespace {

constexpr const char* kDocument = "a document";
constexpr const char* kSigner = "approver@example.com";

// ssh-keygen -t TYPE -N '', and ssh-keygen -Y sign -n jitgate.
constexpr const char* kEd25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINpyab3xse3zkQFTVQFQTLJY1YEM1tZ7aHVXbi/ATqtl";
constexpr const char* kEd25519Signature = R"(-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg2nJpvfGx7fORAVNVAVBMsljVgQ
zW1ntodVduL8BOq2UAAAAHaml0Z2F0ZQAAAAAAAAAGc2hhNTEyAAAAUwAAAAtzc2gtZWQy
NTUxOQAAAECYjEfLg2A+aWuvIapJPDq36snUMGgZ6pt6KkzTBZnYJUgJxifxsopiTnN6J9
enEqQ49jV0/rbo071hHwE5Qu0C
-----END SSH SIGNATURE-----
)";
constexpr const char* kEcdsa =
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBNalaxdWWOwXtHF5ajh5rf1npNsk"
    "moSoq/tDFtJG6MITTgrSzuTF7xtQ5wWQHWKOT4FBn+mJhikhE3n1XE4vBuM=";
constexpr const char* kEcdsaSignature = R"(-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAAGgAAAATZWNkc2Etc2hhMi1uaXN0cDI1NgAAAAhuaXN0cDI1NgAAAE
EE1qVrF1ZY7Be0cXlqOHmt/Wek2ySahKir+0MW0kbowhNOCtLO5MXvG1DnBZAdYo5PgUGf
6YmGKSETefVcTi8G4wAAAAdqaXRnYXRlAAAAAAAAAAZzaGE1MTIAAABkAAAAE2VjZHNhLX
NoYTItbmlzdHAyNTYAAABJAAAAIH3ABHQFsfogn6l+1oUIjD+A9ydqhJPwebFqaQT6ej/m
AAAAIQDhKDMRl9UreTBzQ+/3vfIzCPHuKcUzik5je2vH6lt5rw==
-----END SSH SIGNATURE-----
)";
constexpr const char* kRsa =
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDdEyvzbhop6bKbakitw6CaYuGpJ2pPDe6idRi7ehsy+xJ55hBlwOT24poML1U1"
    "VpsigNfNuXtshZgU1ZQ521wOLR9uE5keiy5tchBqF40kH5BQyMSCc+Z5GV1rcjfnXCVXVWP2qrWsA0EQmS95CVoOheuxbXVmB3jp"
    "5nDEqw91gpbhIsyZIHQl83vMja7iSBwLaHkj195vjkH2xRnA1w3CdD/RWpfQM/aznQicZPQnBeba08skmkgsre3w5/NpK4JN+Bv0"
    "oK2Wl7OGKUNMFthyIVdoZ36nURdeGzsnsCyoDpzPLxmQSxDGUBP5BOKjRnXb1ARk6v7VZoTWyTRQHQNx";
constexpr const char* kRsaSignature = R"(-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAARcAAAAHc3NoLXJzYQAAAAMBAAEAAAEBAN0TK/NuGinpsptqSK3DoJ
pi4aknak8N7qJ1GLt6GzL7EnnmEGXA5PbimgwvVTVWmyKA1825e2yFmBTVlDnbXA4tH24T
mR6LLm1yEGoXjSQfkFDIxIJz5nkZXWtyN+dcJVdVY/aqtawDQRCZL3kJWg6F67FtdWYHeO
nmcMSrD3WCluEizJkgdCXze8yNruJIHAtoeSPX3m+OQfbFGcDXDcJ0P9Fal9Az9rOdCJxk
9CcF5trTyySaSCyt7fDn82krgk34G/SgrZaXs4YpQ0wW2HIhV2hnfqdRF14bOyewLKgOnM
8vGZBLEMZQE/kE4qNGddvUBGTq/tVmhNbJNFAdA3EAAAAHaml0Z2F0ZQAAAAAAAAAGc2hh
NTEyAAABFAAAAAxyc2Etc2hhMi01MTIAAAEAZ38HT7GxMQzELW2MflcTyZO39dpldRBE/q
g1WsdJX+Hjl88KraLSoRS2ZT1o59PXQq+ltRE2JqjxP5mAsOuZXi613VNW7XECF7zi51k2
52GyQpb/8ONNNeBEsP9lBoAZgcLN/BcdDInlz6uE/+yfk/VJnmprmxLog5+8028r0WDO//
OE+77bqCTnGZU72MAbDYlO8O1w65FboC/eP1gHvpGXLbPBPBHD08sZSbn0kOd2Tcpt00il
8ayBItUAuzDga7dZ1K3f6hQqxaSV4aFM5u1T8rc8lGRvAMHEhWUh+hHRqns5qNQB0jd6z+
oTXVUnyl7eA6J2iTXjrYZImI5qIQ==
-----END SSH SIGNATURE-----
)";
// The same Ed25519 key for another namespace, and its private half.
constexpr const char* kForFiles = R"(-----BEGIN SSH SIGNATURE-----
U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg2nJpvfGx7fORAVNVAVBMsljVgQ
zW1ntodVduL8BOq2UAAAAEZmlsZQAAAAAAAAAGc2hhNTEyAAAAUwAAAAtzc2gtZWQyNTUx
OQAAAEBWPnGqacj8ZMecPu1cv5Y9MhIQ393CXCjqJooTFdcB23orMudRdyQ9+EWpVz7ziB
D3lgEBkNBRfreNKhan8zAO
-----END SSH SIGNATURE-----
)";
constexpr const char* kEd25519Private = R"(-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACDacmm98bHt85EBU1UBUEyyWNWBDNbWe2h1V24vwE6rZQAAAIgNmUD1DZlA
9QAAAAtzc2gtZWQyNTUxOQAAACDacmm98bHt85EBU1UBUEyyWNWBDNbWe2h1V24vwE6rZQ
AAAEAm62hNLrDUi3WDVDfbw6Src9xp1l2ADCl60qyn1rysJdpyab3xse3zkQFTVQFQTLJY
1YEM1tZ7aHVXbi/ATqtlAAAAAAECAwQF
-----END OPENSSH PRIVATE KEY-----
)";

Result<VerifiedSigner> verified(const char* key, std::string_view document, std::string_view signature) {
  const Keys keys{parse_allowed_signers(std::string(kSigner) + " " + key + "\n", "allowed_signers").value()};
  return verify(document, signature, kSigner, keys, ManualClock().wall_now());
}

struct Recorded {
  const char* key;
  const char* signature;
};

class RecordedSignature : public testing::TestWithParam<Recorded> {};

TEST_P(RecordedSignature, HoldsForItsDocumentAlone) {
  const auto signer = verified(GetParam().key, kDocument, GetParam().signature);
  ASSERT_TRUE(signer) << describe(signer.error());
  EXPECT_EQ(signer->principal, kSigner);
  EXPECT_FALSE(verified(GetParam().key, "another document", GetParam().signature));
  EXPECT_FALSE(verified(GetParam().key, kDocument, kForFiles)) << "of another namespace";
}

INSTANTIATE_TEST_SUITE_P(Keys, RecordedSignature,
                         testing::Values(Recorded{kEd25519, kEd25519Signature}, Recorded{kEcdsa, kEcdsaSignature},
                                         Recorded{kRsa, kRsaSignature}));

TEST(RecordedKey, SignsWhatHolds) {
  const auto file = parse_private_key(kEd25519Private);
  ASSERT_TRUE(file) << describe(file.error());
  const Signer signer{SigningKey{file->key, std::nullopt},
                      [&](std::string_view bytes) { return sign_raw(file->key, *file->secret, bytes); }};
  const auto signature = make_signature(signer, kDocument);
  ASSERT_TRUE(signature) << describe(signature.error());
  EXPECT_EQ(*signature, kEd25519Signature) << "Ed25519 signs the same bytes alike";
}

}  // namespace
}  // namespace jitgate::signature
