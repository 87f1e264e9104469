#include "agent/signature/ssh_signature.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

#include "agent/model/utf8.hpp"
#include "agent/signature/armor.hpp"
#include "agent/signature/wire_writer.hpp"

namespace jitgate::signature {
namespace {

constexpr std::string_view kMagic = "SSHSIG";
constexpr std::uint32_t kVersion = 1;

bool is_hash(std::string_view name) {
  return name == "sha256" || name == "sha512";
}

std::string hash_of(std::string_view name, std::string_view message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  const EVP_MD* algorithm = name == "sha256" ? EVP_sha256() : EVP_sha512();
  if (EVP_Digest(message.data(), message.size(), digest.data(), &size, algorithm, nullptr) != 1)
    throw std::runtime_error("libcrypto cannot compute " + std::string(name));
  return {reinterpret_cast<const char*>(digest.data()), size};
}

}  // namespace

Result<SshSignature> parse_signature(std::string_view armored) {
  const auto blob = remove_armor(armored, kSignatureLabel);
  if (!blob) return error(blob.error().code, "the signature " + blob.error().message);
  return parse_signature_blob(*blob);
}

Result<SshSignature> parse_signature_blob(std::string_view blob) {
  const Error malformed = error(errc::invalid_argument, "the signature is malformed");
  WireReader reader(blob);
  reader.expect(kMagic);
  const std::uint32_t version = reader.u32();
  if (!reader.ok()) return malformed;
  if (version != kVersion)
    return error(errc::not_supported, "the signature's version " + std::to_string(version) + " is not supported");
  const std::string_view key = reader.string();
  SshSignature signature;
  signature.name_space = reader.text();
  reader.string();  // reserved: to be ignored
  signature.hash = reader.text();
  signature.signature = reader.string();
  if (!reader.done()) return malformed;
  if (!is_hash(signature.hash))
    return error(errc::not_supported, "the signature's hash " + in_quotes(signature.hash) + " is not supported");
  auto signer = parse_signing_key(key);
  if (!signer) return signer.error();
  signature.signer = std::move(*signer);
  return signature;
}

std::string write_signature(const SshSignature& signature) {
  std::string blob(kMagic);
  append_u32(blob, kVersion);
  append_string(blob, signature.signer.blob());
  append_string(blob, signature.name_space);
  append_string(blob, {});
  append_string(blob, signature.hash);
  append_string(blob, signature.signature);
  return add_armor(blob, kSignatureLabel);
}

std::string signed_bytes(std::string_view name_space, std::string_view hash, std::string_view message) {
  std::string bytes(kMagic);
  append_string(bytes, name_space);
  append_string(bytes, {});  // reserved: what the signature has there is not signed (ssh-keygen, sshsig.c)
  append_string(bytes, hash);
  append_string(bytes, hash_of(hash, message));
  return bytes;
}

Result<Presence> check_message(const SshSignature& signature, std::string_view name_space, std::string_view message) {
  if (signature.name_space != name_space) {
    return error(errc::refused, "the signature is for the namespace " + in_quotes(signature.name_space) + ", not for " +
                                    in_quotes(name_space));
  }
  return verify_raw(signature.signer.key, signature.signature, signed_bytes(name_space, signature.hash, message));
}

}  // namespace jitgate::signature
