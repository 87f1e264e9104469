#pragma once

#include <string>
#include <string_view>

#include "agent/model/result.hpp"
#include "agent/signature/raw_signature.hpp"
#include "agent/signature/signing_key.hpp"

namespace jitgate::signature {

/// What jitgate's signatures are made for: one made for mail or for git is not taken for an approval.
inline constexpr std::string_view kNamespace = "jitgate";

/// An SSH signature (PROTOCOL.sshsig), read and not yet believed.
struct SshSignature {
  SigningKey signer;
  std::string name_space;
  std::string hash;       ///< "sha256" or "sha512"
  std::string signature;  ///< as verify_raw() takes it
};

/// The armored text that `ssh-keygen -Y sign` writes. Errors are errc::invalid_argument, or errc::not_supported for a
/// key, version or hash that is unknown.
[[nodiscard]] Result<SshSignature> parse_signature(std::string_view armored);
/// The same without armor.
[[nodiscard]] Result<SshSignature> parse_signature_blob(std::string_view blob);

[[nodiscard]] std::string write_signature(const SshSignature& signature);

/// What is really signed for `message`, which is hashed with `hash`.
[[nodiscard]] std::string signed_bytes(std::string_view name_space, std::string_view hash, std::string_view message);

/// `signature` was made by its key, for `name_space`, over exactly these bytes. Says nothing of who that is.
[[nodiscard]] Result<Presence> check_message(const SshSignature& signature, std::string_view name_space,
                                             std::string_view message);

}  // namespace jitgate::signature
