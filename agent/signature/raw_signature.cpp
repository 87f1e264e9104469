#include "agent/signature/raw_signature.hpp"

#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include "agent/model/digest.hpp"
#include "agent/model/utf8.hpp"
#include "agent/signature/evp_key.hpp"

namespace jitgate::signature {
namespace {

constexpr std::uint8_t kUserPresent = 0x01;  // PROTOCOL.u2f, "SSH U2F Signatures"
constexpr std::uint8_t kUserVerified = 0x04;

Error does_not_hold() {
  return error(errc::refused, "the signature does not hold");
}

Error malformed() {
  return error(errc::invalid_argument, "the signature is malformed");
}

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// `digest`: nullptr for Ed25519, which has its own.
bool holds(const PublicKey& key, const char* digest, std::string_view signature, std::string_view message) {
  const QuietErrors quiet;
  const EvpKey evp = make_evp_key(key);
  const std::unique_ptr<EVP_MD_CTX, EvpFree> context(EVP_MD_CTX_new());
  // RSA's padding is PKCS #1 v1.5 unless told otherwise, as SSH has it.
  return evp && context &&
         EVP_DigestVerifyInit_ex(context.get(), nullptr, digest, nullptr, nullptr, evp.get(), nullptr) == 1 &&
         EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(message), message.size()) == 1;
}

/// SSH's two numbers as the DER that libcrypto takes; empty where they are no such numbers.
std::string ecdsa_to_der(std::string_view numbers) {
  WireReader reader(numbers);
  Bignum r = to_bignum(reader.mpint());
  Bignum s = to_bignum(reader.mpint());
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(ECDSA_SIG_new(), ECDSA_SIG_free);
  if (!reader.done() || !r || !s || !pair || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  const int size = i2d_ECDSA_SIG(pair.get(), nullptr);
  if (size <= 0) return {};
  std::string der(static_cast<std::size_t>(size), '\0');
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  i2d_ECDSA_SIG(pair.get(), &out);
  return der;
}

bool holds_ecdsa(const PublicKey& key, std::string_view signature, std::string_view message) {
  const KeyTraits& kind = traits(key.type);
  // Two numbers of the curve's size at most.
  if (signature.size() > 2 * (sizeof(std::uint32_t) + 1 + kind.coordinate)) return false;
  const std::string der = ecdsa_to_der(signature);
  return !der.empty() && holds(key, kind.digest, der, message);
}

Result<Presence> verify_rsa(const PublicKey& key, std::string_view algorithm, std::string_view signature,
                            std::string_view message) {
  const char* digest = nullptr;
  if (algorithm == "rsa-sha2-512") digest = "SHA512";
  if (algorithm == "rsa-sha2-256") digest = "SHA256";
  if (digest == nullptr)
    return error(errc::refused, "the signature algorithm " + in_quotes(algorithm) + " is not accepted for an RSA key");
  if (signature.empty() || signature.size() > key.modulus.size()) return malformed();
  // Some leave out leading zeros; OpenSSH takes that.
  std::string padded(key.modulus.size() - signature.size(), '\0');
  padded += signature;
  if (!holds(key, digest, padded, message)) return does_not_hold();
  return Presence::unknown;
}

bool holds_curve(const PublicKey& key, std::string_view signature, std::string_view message) {
  if (traits(key.type).family == KeyFamily::ecdsa) return holds_ecdsa(key, signature, message);
  return holds(key, nullptr, signature, message);
}

std::string digest_bytes(std::string_view bytes) {
  const Digest digest = sha256(bytes);
  return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()};
}

/// `counted`: the flags and the counter, as they stand in the signature.
Result<Presence> verify_security_key(const PublicKey& key, std::string_view signature, std::string_view counted,
                                     std::string_view message) {
  const auto flags = static_cast<std::uint8_t>(counted.front());
  const std::string signed_bytes = digest_bytes(key.application) + std::string(counted) + digest_bytes(message);
  if (!holds_curve(key, signature, signed_bytes)) return does_not_hold();
  if ((flags & kUserPresent) == 0)
    return error(errc::refused, "the security key signed without being touched (user presence is required)");
  return (flags & kUserVerified) != 0 ? Presence::verified : Presence::touched;
}

}  // namespace

Result<Presence> verify_raw(const PublicKey& key, std::string_view signature, std::string_view message) {
  const KeyTraits& kind = traits(key.type);
  WireReader reader(signature);
  const std::string_view algorithm = reader.string();
  const std::string_view bytes = reader.string();
  if (!reader.ok()) return malformed();
  const std::string_view counted = reader.left();
  if (kind.security_key) {
    reader.u8();
    reader.u32();
  }
  if (!reader.done()) return malformed();
  if (kind.family == KeyFamily::rsa) return verify_rsa(key, algorithm, bytes, message);
  if (algorithm != kind.name) {
    return error(errc::refused,
                 "the signature algorithm " + in_quotes(algorithm) + " is not the key's, " + std::string(kind.name));
  }
  if (kind.security_key) return verify_security_key(key, bytes, counted, message);
  if (!holds_curve(key, bytes, message)) return does_not_hold();
  return Presence::unknown;
}

}  // namespace jitgate::signature
