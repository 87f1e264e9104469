#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/model/result.hpp"
#include "agent/signature/public_key.hpp"

namespace jitgate::signature {

/// What a signature says of the person who made it.
enum class Presence : std::uint8_t {
  unknown,   ///< the key is held by software, which asks nobody
  touched,   ///< an authenticator was touched
  verified,  ///< an authenticator knew the person, by a PIN for example
};

/// The signature of SSH (RFC 4253 section 6.6, RFC 5656, RFC 8332, RFC 8709, PROTOCOL.u2f) of `key` over `message`
/// holds. Otherwise errc::refused: SHA-1 ("ssh-rsa") never does, nor does a security key's that nobody touched.
[[nodiscard]] Result<Presence> verify_raw(const PublicKey& key, std::string_view signature, std::string_view message);

}  // namespace jitgate::signature
