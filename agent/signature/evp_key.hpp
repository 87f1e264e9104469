#pragma once

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <memory>
#include <string>
#include <string_view>

#include "agent/signature/public_key.hpp"

namespace jitgate::signature {

struct EvpFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
  /// Cleared, for it may be secret.
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
};
using EvpKey = std::unique_ptr<EVP_PKEY, EvpFree>;
using Bignum = std::unique_ptr<BIGNUM, EvpFree>;

/// The key as libcrypto has it; nullptr for one that is none (a point that is not on its curve).
[[nodiscard]] EvpKey make_evp_key(const PublicKey& key);

/// A key that can sign; nullptr where `secret` is none of it. `secret` is Ed25519's seed (32 bytes), ECDSA's scalar or
/// RSA's private exponent, the last two big-endian.
[[nodiscard]] EvpKey make_evp_key(const PublicKey& key, std::string_view secret);

/// A number from its big-endian bytes.
[[nodiscard]] Bignum to_bignum(std::string_view bytes);
[[nodiscard]] std::string to_bytes(const BIGNUM* number);

/// What libcrypto's queue of errors holds after a failure is of no use to anybody, and would be taken for the failure
/// of somebody else's TLS connection on this thread: emptied at the end of the scope.
class QuietErrors {
 public:
  QuietErrors() = default;
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
  ~QuietErrors();
};

}  // namespace jitgate::signature
