#include <algorithm>

#include "agent/signature/certificate.hpp"
#include "agent/signature/signing_key.hpp"
#include "tests/fuzz/check.hpp"

using jitgate::fuzz::check;
namespace signature = jitgate::signature;

namespace {

constexpr jitgate::WallTime kNow{std::chrono::seconds(1795284000)};  // 2026-11-21T18:00:00Z

void check_certificate(const signature::Certificate& certificate) {
  check(certificate.signed_size < certificate.blob.size(), "what is signed lies within the certificate");
  check(certificate.principals.size() <= signature::kMaxCertificatePrincipals, "the principals are counted");
  for (const signature::PublicKey& key : {certificate.key, certificate.authority})
    check(signature::parse_public_key(key.blob).has_value(), "a key's blob is a key");
  for (const std::string_view principal : {"ann@example.com", ""}) {
    if (!signature::check_certificate(certificate, principal, signature::Presence::verified, kNow)) continue;
    check(std::ranges::find(certificate.principals, principal) != certificate.principals.end(),
          "only who is listed is certified");
    check(certificate.kind == signature::CertificateKind::user, "a host's certificate certifies no signer");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view blob = jitgate::fuzz::text_of(data, size);
  const auto certificate = signature::parse_certificate(blob);
  if (certificate) check_certificate(*certificate);
  const auto key = signature::parse_signing_key(blob);
  check(!key || key->blob() == blob, "a key is all of its bytes");
  check(!certificate || (key && key->certificate), "a certificate is a signing key");
  return 0;
}
