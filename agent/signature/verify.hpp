#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/model/clock.hpp"
#include "agent/model/result.hpp"
#include "agent/signature/allowed_signers.hpp"
#include "agent/signature/revoked_keys.hpp"
#include "agent/signature/ssh_signature.hpp"

namespace jitgate::signature {

/// Whose signatures count: `trust.allowedSigners` and `trust.revokedKeys`.
struct Keys {
  AllowedSigners allowed;
  RevokedKeys revoked{};
};

/// The certificate by which a key signed for a principal.
struct SignerCertificate {
  std::string key_id;  ///< whatever its authority wrote there
  std::uint64_t serial = 0;
  std::string authority;  ///< fingerprint
  friend bool operator==(const SignerCertificate&, const SignerCertificate&) = default;
};

/// Who signed. When is not known: a signature carries no time that could be believed.
struct VerifiedSigner {
  std::string principal;
  std::string fingerprint;  ///< of the key
  std::string key_type;     ///< "ssh-ed25519"
  Presence presence = Presence::unknown;
  std::optional<SignerCertificate> certificate{};
  friend bool operator==(const VerifiedSigner&, const VerifiedSigner&) = default;
};

/// For the audit: "approver@example.com by ssh-ed25519 SHA256:...", and the certificate where there is one.
[[nodiscard]] std::string describe(const VerifiedSigner& signer);

/// A signature that holds, by a key that is not revoked.
struct HeldSignature {
  SshSignature signature;
  Presence presence;
};

/// The signature holds for exactly the bytes of `message` and for `name_space`.
[[nodiscard]] Result<HeldSignature> check_signature(std::string_view message, std::string_view armored,
                                                    const RevokedKeys& revoked,
                                                    std::string_view name_space = kNamespace);

/// Its key may sign as `principal` at `now`, which is the time of the check.
[[nodiscard]] Result<VerifiedSigner> identify(const HeldSignature& held, std::string_view principal,
                                              const AllowedSigners& allowed, WallTime now);

/// Both: what `ssh-keygen -Y verify -n jitgate -I PRINCIPAL` says, but stricter where docs/signatures.md says so.
[[nodiscard]] Result<VerifiedSigner> verify(std::string_view message, std::string_view armored,
                                            std::string_view principal, const Keys& keys, WallTime now);

}  // namespace jitgate::signature
