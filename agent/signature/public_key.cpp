#include "agent/signature/public_key.hpp"

#include <bit>

#include "agent/model/digest.hpp"
#include "agent/model/utf8.hpp"
#include "agent/signature/base64.hpp"
#include "agent/signature/wire_writer.hpp"

namespace jitgate::signature {
namespace {

constexpr std::size_t kEd25519Bytes = 32;
constexpr std::size_t kMaxExponentBytes = 8;  // libcrypto takes no larger one with a long modulus

Result<void> read_rsa(PublicKey& key, WireReader& reader) {
  key.exponent = reader.mpint();
  key.modulus = reader.mpint();
  if (!reader.ok()) return error(errc::invalid_argument, "the RSA key is malformed");
  const std::size_t bits =
      8 * (key.modulus.size() - 1) + std::bit_width(static_cast<std::uint8_t>(key.modulus.front()));
  if (bits < kMinRsaBits || bits > kMaxRsaBits) {
    return error(errc::refused, "the RSA key has " + std::to_string(bits) + " bits, and must have " +
                                    std::to_string(kMinRsaBits) + " to " + std::to_string(kMaxRsaBits));
  }
  const bool odd = (static_cast<std::uint8_t>(key.exponent.back()) & 1) != 0;
  // With the exponent 1 anybody can sign.
  if (!odd || key.exponent == "\x01" || key.exponent.size() > kMaxExponentBytes)
    return error(errc::refused, "the RSA key has an exponent that cannot be used");
  return {};
}

Result<void> read_ecdsa(const KeyTraits& kind, PublicKey& key, WireReader& reader) {
  const std::string_view curve = reader.string();
  key.point = reader.string();
  const bool uncompressed = key.point.size() == 1 + 2 * kind.coordinate && key.point.front() == '\x04';
  if (!reader.ok() || curve != kind.curve || !uncompressed)
    return error(errc::invalid_argument, "the ECDSA key is malformed");
  return {};
}

Result<void> read_ed25519(PublicKey& key, WireReader& reader) {
  key.point = reader.string();
  if (!reader.ok() || key.point.size() != kEd25519Bytes)
    return error(errc::invalid_argument, "the Ed25519 key is malformed");
  return {};
}

Result<void> read_family(const KeyTraits& kind, PublicKey& key, WireReader& reader) {
  switch (kind.family) {
    case KeyFamily::rsa:
      return read_rsa(key, reader);
    case KeyFamily::ecdsa:
      return read_ecdsa(kind, key, reader);
    case KeyFamily::ed25519:
      return read_ed25519(key, reader);
  }
  return error(errc::not_supported, "the key is of no known family");
}

}  // namespace

Result<PublicKey> read_key_fields(KeyType type, WireReader& reader) {
  const KeyTraits& kind = traits(type);
  const std::string_view before = reader.left();
  PublicKey key{type};
  if (const auto read = read_family(kind, key, reader); !read) return read.error();
  if (kind.security_key) key.application = reader.text();
  if (!reader.ok()) return error(errc::invalid_argument, "the security key's application is malformed");
  append_string(key.blob, kind.name);
  key.blob += before.substr(0, before.size() - reader.left().size());
  return key;
}

Result<PublicKey> parse_public_key(std::string_view blob) {
  WireReader reader(blob);
  const std::string_view name = reader.string();
  if (!reader.ok()) return error(errc::invalid_argument, "the key is malformed");
  const KeyTraits* kind = find_key_type(name);
  if (kind == nullptr) return error(errc::not_supported, "keys of the type " + in_quotes(name) + " are not supported");
  auto key = read_key_fields(kind->type, reader);
  if (key && !reader.done()) return error(errc::invalid_argument, "the key is followed by other bytes");
  return key;
}

std::string fingerprint(const PublicKey& key) {
  const Digest digest = sha256(key.blob);
  std::string text = encode_base64({reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()});
  while (text.ends_with('=')) text.pop_back();
  return "SHA256:" + text;
}

}  // namespace jitgate::signature
