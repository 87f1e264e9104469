#pragma once

#include <openssl/ec.h>

#include <string>
#include <string_view>

#include "agent/model/digest.hpp"
#include "agent/signature/base64.hpp"
#include "agent/signature/make_signature.hpp"
#include "agent/signature/private_key.hpp"
#include "agent/signature/wire_writer.hpp"

namespace jitgate::signature {

/// A security key (sk-ssh-ed25519 or sk-ecdsa) that signs with whatever flags a test wants (PROTOCOL.u2f).
class SoftwareSecurityKey {
 public:
  static constexpr std::uint8_t kTouched = 0x01;
  static constexpr std::uint8_t kVerified = 0x05;

  explicit SoftwareSecurityKey(KeyType type) : plain_(plain_type(type)) {
    const bool ecdsa = traits(type).family == KeyFamily::ecdsa;
    secret_ = EvpKey(ecdsa ? EVP_EC_gen("P-256") : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    std::string point(256, '\0');
    std::size_t size = point.size();
    auto* out = reinterpret_cast<unsigned char*>(point.data());
    if (ecdsa) {
      EVP_PKEY_get_octet_string_param(secret_.get(), "pub", out, size, &size);
    } else {
      EVP_PKEY_get_raw_public_key(secret_.get(), out, &size);
    }
    std::string blob;
    append_string(blob, traits(type).name);
    if (ecdsa) append_string(blob, traits(type).curve);
    append_string(blob, point.substr(0, size));
    append_string(blob, "ssh:");
    key_ = parse_public_key(blob).value();
  }

  [[nodiscard]] const PublicKey& key() const { return key_; }
  [[nodiscard]] std::string text() const {
    return std::string(traits(key_.type).name) + " " + encode_base64(key_.blob) + " software";
  }

  [[nodiscard]] std::string sign_raw(std::string_view message, std::uint8_t flags) const {
    const std::string counted = std::string(1, static_cast<char>(flags)) + std::string("\0\0\0\1", 4);
    const std::string made =
        signature::sign_raw(PublicKey{plain_}, *secret_, hashed("ssh:") + counted + hashed(message)).value();
    WireReader reader(made);
    reader.string();
    std::string signature;
    append_string(signature, traits(key_.type).name);
    append_string(signature, reader.string());
    return signature + counted;
  }

  /// Armored, for jitgate's namespace; not checked.
  [[nodiscard]] std::string sign(const SigningKey& as, std::string_view message, std::uint8_t flags) const {
    return write_signature(
        {as, std::string(kNamespace), "sha512", sign_raw(signed_bytes(kNamespace, "sha512", message), flags)});
  }

 private:
  static KeyType plain_type(KeyType type) {
    return traits(type).family == KeyFamily::ecdsa ? KeyType::ecdsa_p256 : KeyType::ed25519;
  }
  static std::string hashed(std::string_view bytes) {
    const Digest digest = sha256(bytes);
    return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()};
  }

  KeyType plain_;
  EvpKey secret_;
  PublicKey key_;
};

}  // namespace jitgate::signature
