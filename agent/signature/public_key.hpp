#pragma once

#include <string>
#include <string_view>

#include "agent/model/result.hpp"
#include "agent/signature/key_type.hpp"
#include "agent/signature/wire_reader.hpp"

namespace jitgate::signature {

/// Bits of the smallest and largest RSA modulus, as in OpenSSH (SSH_RSA_MINIMUM_MODULUS_SIZE,
/// OPENSSL_RSA_MAX_MODULUS_BITS).
inline constexpr std::size_t kMinRsaBits = 1024;
inline constexpr std::size_t kMaxRsaBits = 16384;

/// A public key with its parts, which are well formed; whether a point lies on its curve is found out when it is used.
/// Two keys are the same key exactly when their blobs are: each key has one encoding here.
struct PublicKey {
  KeyType type = KeyType::ed25519;
  std::string blob{};         ///< RFC 4253, section 6.6
  std::string point{};        ///< ed25519: 32 bytes; ECDSA: uncompressed
  std::string modulus{};      ///< RSA, big-endian
  std::string exponent{};     ///< RSA, big-endian
  std::string application{};  ///< of a security key: "ssh:"

  friend bool operator==(const PublicKey& a, const PublicKey& b) { return a.blob == b.blob; }
};

/// The whole of `blob` is one plain key. A type that is not supported is errc::not_supported.
[[nodiscard]] Result<PublicKey> parse_public_key(std::string_view blob);

/// The fields that follow the type in a key (RFC 4253, RFC 5656, PROTOCOL.u2f) or the nonce in a certificate.
[[nodiscard]] Result<PublicKey> read_key_fields(KeyType type, WireReader& reader);

/// "SHA256:..." as `ssh-keygen -l` prints it.
[[nodiscard]] std::string fingerprint(const PublicKey& key);

}  // namespace jitgate::signature
