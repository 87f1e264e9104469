#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/signature/certificate.hpp"
#include "agent/signature/public_key.hpp"

namespace jitgate::signature {

/// The key that a signature names: a plain one, or one with a certificate.
struct SigningKey {
  PublicKey key;                           ///< what the signature is checked with
  std::optional<Certificate> certificate;  ///< who vouches for it; its key is `key`

  /// As it stands in a signature: the certificate's bytes where there is one.
  [[nodiscard]] const std::string& blob() const { return certificate ? certificate->blob : key.blob; }
};

/// The whole of `blob` is one key or one certificate.
[[nodiscard]] Result<SigningKey> parse_signing_key(std::string_view blob);

/// "ssh-ed25519 AAAA... comment": what a .pub file, or a line of keys, holds. `comment` is what follows, if asked for.
[[nodiscard]] Result<SigningKey> parse_key_text(std::string_view text, std::string_view* comment = nullptr);

}  // namespace jitgate::signature
