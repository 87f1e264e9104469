#include "agent/signature/evp_key.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>

namespace jitgate::signature {
namespace {

/// The parameters of a key on their way into libcrypto. What is added must outlive build().
class KeyParameters {
 public:
  explicit KeyParameters(const char* algorithm)
      : context_(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr)), builder_(OSSL_PARAM_BLD_new()) {}

  void text(const char* name, const char* value) {
    good_ = good_ && builder_ && OSSL_PARAM_BLD_push_utf8_string(builder_.get(), name, value, 0) == 1;
  }
  void bytes(const char* name, std::string_view value) {
    good_ =
        good_ && builder_ && OSSL_PARAM_BLD_push_octet_string(builder_.get(), name, value.data(), value.size()) == 1;
  }
  void number(const char* name, const Bignum& value) {
    good_ = good_ && builder_ && value && OSSL_PARAM_BLD_push_BN(builder_.get(), name, value.get()) == 1;
  }
  [[nodiscard]] EvpKey build(int selection) const {
    if (!good_ || !context_ || !builder_) return nullptr;
    const std::unique_ptr<OSSL_PARAM, EvpFree> parameters(OSSL_PARAM_BLD_to_param(builder_.get()));
    EVP_PKEY* made = nullptr;
    if (!parameters || EVP_PKEY_fromdata_init(context_.get()) != 1 ||
        EVP_PKEY_fromdata(context_.get(), &made, selection, parameters.get()) != 1)
      return nullptr;
    return EvpKey(made);
  }

 private:
  std::unique_ptr<EVP_PKEY_CTX, EvpFree> context_;
  std::unique_ptr<OSSL_PARAM_BLD, EvpFree> builder_;
  bool good_ = true;
};

const unsigned char* raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// `secret`: nullptr for a public key.
EvpKey make_rsa(const PublicKey& key, const Bignum& secret) {
  const Bignum modulus = to_bignum(key.modulus);
  const Bignum exponent = to_bignum(key.exponent);
  KeyParameters parameters("RSA");
  parameters.number(OSSL_PKEY_PARAM_RSA_N, modulus);
  parameters.number(OSSL_PKEY_PARAM_RSA_E, exponent);
  if (secret) parameters.number(OSSL_PKEY_PARAM_RSA_D, secret);
  return parameters.build(secret ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY);
}

EvpKey make_ecdsa(const PublicKey& key, const Bignum& secret) {
  KeyParameters parameters("EC");
  parameters.text(OSSL_PKEY_PARAM_GROUP_NAME, traits(key.type).group);
  parameters.bytes(OSSL_PKEY_PARAM_PUB_KEY, key.point);
  if (secret) parameters.number(OSSL_PKEY_PARAM_PRIV_KEY, secret);
  return parameters.build(secret ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY);
}

}  // namespace

EvpKey make_evp_key(const PublicKey& key) {
  switch (traits(key.type).family) {
    case KeyFamily::ed25519:
      return EvpKey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw(key.point), key.point.size()));
    case KeyFamily::ecdsa:
      return make_ecdsa(key, nullptr);
    case KeyFamily::rsa:
      return make_rsa(key, nullptr);
  }
  return nullptr;
}

EvpKey make_evp_key(const PublicKey& key, std::string_view secret) {
  switch (traits(key.type).family) {
    case KeyFamily::ed25519:
      return EvpKey(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw(secret), secret.size()));
    case KeyFamily::ecdsa:
      return make_ecdsa(key, to_bignum(secret));
    case KeyFamily::rsa:
      return make_rsa(key, to_bignum(secret));
  }
  return nullptr;
}

Bignum to_bignum(std::string_view bytes) {
  return Bignum(BN_bin2bn(raw(bytes), static_cast<int>(bytes.size()), nullptr));
}

std::string to_bytes(const BIGNUM* number) {
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  return bytes;
}

QuietErrors::~QuietErrors() {
  ERR_clear_error();
}

}  // namespace jitgate::signature
