// A security key in software for ssh-keygen and ssh-agent (SSH_SK_PROVIDER), whose private key is its key handle. It is
// touched exactly when it is asked to require a touch. Structures and calls as OpenSSH 9.2's sk-api.h has them; newer
// versions ask for another sk_api_version() and refuse this one.

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace {

constexpr std::uint32_t kApiVersion = 0x000a0000;
constexpr std::uint32_t kEcdsa = 0;
constexpr int kGeneralError = -1;
constexpr std::uint32_t kCounter = 7;

struct Bytes {
  std::uint8_t* data;
  std::size_t size;
};

struct EnrollResponse {
  std::uint8_t flags;
  Bytes public_key, key_handle, signature, attestation_certificate, authenticator_data;
};

struct SignResponse {
  std::uint8_t flags;
  std::uint32_t counter;
  Bytes r, s;
};

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

/// The caller frees it.
Bytes copy(std::string_view bytes) {
  auto* data = static_cast<std::uint8_t*>(std::calloc(1, bytes.size() + 1));
  std::memcpy(data, bytes.data(), bytes.size());
  return {data, bytes.size()};
}

std::string public_bytes(const Key& key, bool ecdsa) {
  std::string bytes(256, '\0');
  auto* out = reinterpret_cast<unsigned char*>(bytes.data());
  std::size_t size = bytes.size();
  if (ecdsa) {
    EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, out, size, &size);
  } else {
    EVP_PKEY_get_raw_public_key(key.get(), out, &size);
  }
  return bytes.substr(0, size);
}

std::string private_bytes(const Key& key) {
  std::string bytes(static_cast<std::size_t>(i2d_PrivateKey(key.get(), nullptr)), '\0');
  auto* out = reinterpret_cast<unsigned char*>(bytes.data());
  i2d_PrivateKey(key.get(), &out);
  return bytes;
}

std::string hash(std::string_view bytes) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string sign(const Key& key, bool ecdsa, std::string_view message) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::string made(256, '\0');
  std::size_t size = made.size();
  EVP_DigestSignInit_ex(context.get(), nullptr, ecdsa ? "SHA256" : nullptr, nullptr, nullptr, key.get(), nullptr);
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(made.data()), &size,
                 reinterpret_cast<const unsigned char*>(message.data()), message.size());
  return made.substr(0, size);
}

std::string number(const BIGNUM* value) {
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
  BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
  return bytes;
}

void put(SignResponse& response, const std::string& made, bool ecdsa) {
  if (!ecdsa) {
    response.r = copy(made);
    return;
  }
  const auto* at = reinterpret_cast<const unsigned char*>(made.data());
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
      d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(made.size())), ECDSA_SIG_free);
  response.r = copy(number(ECDSA_SIG_get0_r(pair.get())));
  response.s = copy(number(ECDSA_SIG_get0_s(pair.get())));
}

}  // namespace

extern "C" {

std::uint32_t sk_api_version() {
  return kApiVersion;
}

int sk_enroll(std::uint32_t algorithm, const std::uint8_t*, std::size_t, const char*, std::uint8_t flags, const char*,
              void*, EnrollResponse** response) {
  const bool ecdsa = algorithm == kEcdsa;
  const Key key(ecdsa ? EVP_EC_gen("P-256") : EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free);
  if (!key) return kGeneralError;
  *response = static_cast<EnrollResponse*>(std::calloc(1, sizeof(EnrollResponse)));
  (*response)->flags = flags;
  (*response)->public_key = copy(public_bytes(key, ecdsa));
  (*response)->key_handle = copy(private_bytes(key));
  (*response)->signature = copy({});
  return 0;
}

int sk_sign(std::uint32_t algorithm, const std::uint8_t* data, std::size_t size, const char* application,
            const std::uint8_t* key_handle, std::size_t key_handle_size, std::uint8_t flags, const char*, void*,
            SignResponse** response) {
  const bool ecdsa = algorithm == kEcdsa;
  const unsigned char* at = key_handle;
  const Key key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(key_handle_size)), EVP_PKEY_free);
  if (!key) return kGeneralError;
  std::string counted(1, static_cast<char>(flags));
  for (int shift = 24; shift >= 0; shift -= 8) counted += static_cast<char>(kCounter >> shift & 0xff);
  const std::string message = hash(application) + counted + hash({reinterpret_cast<const char*>(data), size});
  *response = static_cast<SignResponse*>(std::calloc(1, sizeof(SignResponse)));
  (*response)->flags = flags;
  (*response)->counter = kCounter;
  put(**response, sign(key, ecdsa, message), ecdsa);
  return 0;
}

int sk_load_resident_keys(const char*, void*, void*, std::size_t*) {
  return kGeneralError;
}
}
