#include "agent/signature/private_key.hpp"

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>

#include "agent/model/utf8.hpp"
#include "agent/signature/armor.hpp"
#include "agent/signature/wire_writer.hpp"

namespace jitgate::signature {
namespace {

constexpr std::string_view kMagic = std::string_view("openssh-key-v1\0", 15);
constexpr std::size_t kEd25519Seed = 32;

Error malformed() {
  return error(errc::invalid_argument, "the private key is malformed");
}

class WipedAtEnd {
 public:
  explicit WipedAtEnd(std::string& secret) : secret_(secret) {}
  WipedAtEnd(const WipedAtEnd&) = delete;
  WipedAtEnd& operator=(const WipedAtEnd&) = delete;
  ~WipedAtEnd() { OPENSSL_cleanse(secret_.data(), secret_.size()); }

 private:
  std::string& secret_;
};

std::string_view read_ed25519(WireReader& reader) {
  reader.string();  // the public half
  const std::string_view both = reader.string();
  if (both.size() != 2 * kEd25519Seed) reader.fail();
  return both.substr(0, kEd25519Seed);
}

std::string_view read_ecdsa(WireReader& reader) {
  reader.string();  // the curve
  reader.string();  // the public half
  return reader.mpint();
}

std::string_view read_rsa(WireReader& reader) {
  reader.mpint();  // modulus
  reader.mpint();  // public exponent
  const std::string_view secret = reader.mpint();
  for (int i = 0; i < 3; ++i) reader.mpint();  // what makes it faster: iqmp, p, q
  return secret;
}

std::string_view read_secret(KeyFamily family, WireReader& reader) {
  switch (family) {
    case KeyFamily::ed25519:
      return read_ed25519(reader);
    case KeyFamily::ecdsa:
      return read_ecdsa(reader);
    case KeyFamily::rsa:
      return read_rsa(reader);
  }
  return {};
}

bool is_padding(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (static_cast<std::uint8_t>(bytes[i]) != i + 1) return false;
  }
  return bytes.size() < 256;
}

Result<EvpKey> read_private_section(const PublicKey& key, std::string_view section) {
  const KeyTraits& kind = traits(key.type);
  WireReader reader(section);
  const std::uint32_t check = reader.u32();
  if (reader.u32() != check || reader.string() != kind.name) return malformed();
  const std::string_view secret = read_secret(kind.family, reader);
  reader.string();  // comment
  if (!reader.ok() || !is_padding(reader.left())) return malformed();
  const QuietErrors quiet;
  EvpKey made = make_evp_key(key, secret);
  if (!made) return malformed();
  return made;
}

std::string der_to_ecdsa(std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())), ECDSA_SIG_free);
  std::string numbers;
  if (!pair) return numbers;
  append_mpint(numbers, to_bytes(ECDSA_SIG_get0_r(pair.get())));
  append_mpint(numbers, to_bytes(ECDSA_SIG_get0_s(pair.get())));
  return numbers;
}

}  // namespace

Result<PrivateKeyFile> parse_private_key(std::string_view text) {
  auto bytes = remove_armor(text, kPrivateKeyLabel);
  if (!bytes) return error(bytes.error().code, "the private key " + bytes.error().message);
  const WipedAtEnd wiped(*bytes);
  WireReader reader(*bytes);
  reader.expect(kMagic);
  const std::string_view cipher = reader.string();
  reader.string();  // key derivation
  reader.string();  // its parameters
  const std::uint32_t count = reader.u32();
  const std::string_view blob = reader.string();
  const std::string_view section = reader.string();
  if (!reader.ok() || count != 1) return malformed();
  auto key = parse_public_key(blob);
  if (!key) return key.error();
  if (traits(key->type).security_key) return PrivateKeyFile{std::move(*key), nullptr, "is held by a security key"};
  if (cipher != "none") return PrivateKeyFile{std::move(*key), nullptr, "is protected by a passphrase"};
  auto secret = read_private_section(*key, section);
  if (!secret) return secret.error();
  return PrivateKeyFile{std::move(*key), std::move(*secret), {}};
}

Result<std::string> sign_raw(const PublicKey& key, EVP_PKEY& secret, std::string_view message) {
  const QuietErrors quiet;
  const KeyTraits& kind = traits(key.type);
  const bool rsa = kind.family == KeyFamily::rsa;
  const std::unique_ptr<EVP_MD_CTX, EvpFree> context(EVP_MD_CTX_new());
  const auto* data = reinterpret_cast<const unsigned char*>(message.data());
  std::size_t size = 0;
  const char* digest = rsa ? "SHA512" : kind.digest;
  if (!context || EVP_DigestSignInit_ex(context.get(), nullptr, digest, nullptr, nullptr, &secret, nullptr) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, data, message.size()) != 1)
    return error(errc::system_failed, "the key cannot sign");
  std::string made(size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(made.data());
  if (EVP_DigestSign(context.get(), out, &size, data, message.size()) != 1)
    return error(errc::system_failed, "the key cannot sign");
  made.resize(size);
  std::string signature;
  append_string(signature, rsa ? "rsa-sha2-512" : kind.name);
  append_string(signature, kind.family == KeyFamily::ecdsa ? der_to_ecdsa(made) : made);
  return signature;
}

}  // namespace jitgate::signature
