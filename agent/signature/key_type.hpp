#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace jitgate::signature {

/// The keys that may sign. DSA is not among them.
enum class KeyType : std::uint8_t { ed25519, ecdsa_p256, ecdsa_p384, ecdsa_p521, rsa, sk_ed25519, sk_ecdsa_p256 };

/// How the mathematics of a key is done.
enum class KeyFamily : std::uint8_t { ed25519, ecdsa, rsa };

/// What is known of a key type, by its names in SSH and in libcrypto.
struct KeyTraits {
  KeyType type;
  std::string_view name;  ///< "ssh-ed25519": in the key's blob, in its text form, and in its signatures but RSA's
  std::string_view certificate;  ///< "ssh-ed25519-cert-v01@openssh.com"
  KeyFamily family;
  bool security_key;             ///< held by an authenticator (FIDO): PROTOCOL.u2f
  std::string_view curve{};      ///< "nistp256", ECDSA only
  const char* group = nullptr;   ///< libcrypto's name of the curve
  const char* digest = nullptr;  ///< what ECDSA signs with (RFC 5656, section 6.2.1)
  unsigned coordinate = 0;       ///< bytes of a coordinate on the curve
};

[[nodiscard]] const KeyTraits& traits(KeyType type);

/// By the name of a plain key; nullptr where no such type is known.
[[nodiscard]] const KeyTraits* find_key_type(std::string_view name);
/// By the name of a certificate.
[[nodiscard]] const KeyTraits* find_certificate_type(std::string_view name);

}  // namespace jitgate::signature
