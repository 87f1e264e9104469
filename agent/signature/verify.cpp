#include "agent/signature/verify.hpp"

#include "agent/model/utf8.hpp"

namespace jitgate::signature {

std::string describe(const VerifiedSigner& signer) {
  std::string text = signer.principal + " by " + signer.key_type + " " + signer.fingerprint;
  if (signer.certificate) {
    text += ", certificate " + in_quotes(signer.certificate->key_id) + " serial " +
            std::to_string(signer.certificate->serial) + " of " + signer.certificate->authority;
  }
  return text;
}

Result<HeldSignature> check_signature(std::string_view message, std::string_view armored, const RevokedKeys& revoked,
                                      std::string_view name_space) {
  auto signature = parse_signature(armored);
  if (!signature) return signature.error();
  if (revoked.revokes(signature->signer))
    return error(errc::refused, "the key " + fingerprint(signature->signer.key) + " or its authority is revoked");
  const auto presence = check_message(*signature, name_space, message);
  if (!presence) return presence.error();
  return HeldSignature{std::move(*signature), *presence};
}

Result<VerifiedSigner> identify(const HeldSignature& held, std::string_view principal, const AllowedSigners& allowed,
                                WallTime now) {
  const SigningKey& signer = held.signature.signer;
  const auto allows = check_signer(allowed, signer, principal, held.signature.name_space, held.presence, now);
  if (!allows) return allows.error();
  VerifiedSigner verified{std::string(principal), fingerprint(signer.key), std::string(traits(signer.key.type).name),
                          held.presence};
  if (const auto& certificate = signer.certificate)
    verified.certificate = {certificate->key_id, certificate->serial, fingerprint(certificate->authority)};
  return verified;
}

Result<VerifiedSigner> verify(std::string_view message, std::string_view armored, std::string_view principal,
                              const Keys& keys, WallTime now) {
  const auto held = check_signature(message, armored, keys.revoked);
  if (!held) return held.error();
  return identify(*held, principal, keys.allowed, now);
}

}  // namespace jitgate::signature
