#pragma once

#include <string>
#include <string_view>

#include "agent/model/result.hpp"
#include "agent/signature/evp_key.hpp"
#include "agent/signature/public_key.hpp"

namespace jitgate::signature {

/// A private key file in OpenSSH's format (PROTOCOL.key).
struct PrivateKeyFile {
  PublicKey key;
  EvpKey secret;         ///< nullptr where the file alone cannot sign
  std::string withheld;  ///< why there is no secret: "is protected by a passphrase"
};

/// Reads the text of the file. The secret is read where it is stored in the clear; of a key with a passphrase, and of
/// one that an authenticator holds, the public half alone.
[[nodiscard]] Result<PrivateKeyFile> parse_private_key(std::string_view text);

/// Signs as verify_raw() checks it. RSA signs with rsa-sha2-512.
[[nodiscard]] Result<std::string> sign_raw(const PublicKey& key, EVP_PKEY& secret, std::string_view message);

}  // namespace jitgate::signature
