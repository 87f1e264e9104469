#include "agent/signature/certificate.hpp"

#include <algorithm>

#include "agent/model/utf8.hpp"
#include "agent/signature/signer_time.hpp"

namespace jitgate::signature {
namespace {

/// All names of a packed list of strings, or of (name, data) pairs.
std::vector<std::string> read_names(WireReader& outer, bool with_data, std::size_t most) {
  std::vector<std::string> names;
  WireReader list(outer.string());
  while (list.ok() && !list.at_end() && names.size() <= most) {
    names.emplace_back(list.text());
    if (with_data) list.string();
  }
  if (!list.done()) outer.fail();
  return names;
}

constexpr std::size_t kMaxOptions = 256;

/// What stands between the key and the authority's signature; reads up to the reserved field.
void read_statement(WireReader& reader, Certificate& certificate) {
  certificate.serial = reader.u64();
  certificate.kind = static_cast<CertificateKind>(reader.u32());
  certificate.key_id = reader.text();
  certificate.principals = read_names(reader, false, kMaxCertificatePrincipals);
  certificate.valid_after = reader.u64();
  certificate.valid_before = reader.u64();
  certificate.critical_options = read_names(reader, true, kMaxOptions);
  read_names(reader, true, kMaxOptions);  // extensions allow what is not asked for here
  reader.string();                        // reserved
  const bool known_kind = certificate.kind == CertificateKind::user || certificate.kind == CertificateKind::host;
  if (!known_kind || certificate.principals.size() > kMaxCertificatePrincipals) reader.fail();
}

Error refuse(std::string why) {
  return error(errc::refused, "the certificate " + std::move(why));
}

Result<void> check_options(const Certificate& certificate, Presence presence) {
  for (const std::string& option : certificate.critical_options) {
    if (option != "verify-required")
      return refuse("has the critical option " + in_quotes(option) + ", which a signature cannot honour");
    if (presence != Presence::verified)
      return refuse("requires that the security key verifies its user, who it did not");
  }
  return {};
}

}  // namespace

Result<Certificate> parse_certificate(std::string_view blob) {
  const Error malformed = error(errc::invalid_argument, "the certificate is malformed");
  WireReader reader(blob);
  const std::string_view name = reader.string();
  if (!reader.ok()) return malformed;
  const KeyTraits* kind = find_certificate_type(name);
  if (kind == nullptr)
    return error(errc::not_supported, "certificates of the type " + in_quotes(name) + " are not supported");
  reader.string();  // a nonce, which guards the authority's signature
  auto key = read_key_fields(kind->type, reader);
  if (!key) return key.error();
  Certificate certificate;
  certificate.key = std::move(*key);
  read_statement(reader, certificate);
  const std::string_view authority = reader.string();
  if (!reader.ok()) return malformed;
  auto authority_key = parse_public_key(authority);
  if (!authority_key) return authority_key.error();
  certificate.authority = std::move(*authority_key);
  certificate.signed_size = blob.size() - reader.left().size();
  certificate.signature = reader.string();
  if (!reader.done()) return malformed;
  certificate.blob = blob;
  return certificate;
}

Result<void> check_certificate(const Certificate& certificate, std::string_view principal, Presence presence,
                               WallTime now) {
  const std::string_view signed_part = std::string_view(certificate.blob).substr(0, certificate.signed_size);
  if (const auto verdict = verify_raw(certificate.authority, certificate.signature, signed_part); !verdict)
    return refuse("is not signed by its authority: " + verdict.error().message);
  if (certificate.kind != CertificateKind::user) return refuse("is a host's, not a user's");
  const std::uint64_t seconds = whole_seconds(now);
  if (seconds < certificate.valid_after) return refuse("is not valid yet");
  if (seconds >= certificate.valid_before) return refuse("has expired");
  if (certificate.principals.empty()) return refuse("lists no principals");
  if (std::ranges::find(certificate.principals, principal) == certificate.principals.end())
    return refuse("does not list " + in_quotes(principal));
  return check_options(certificate, presence);
}

}  // namespace jitgate::signature
