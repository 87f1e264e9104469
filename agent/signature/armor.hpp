#pragma once

#include <string>
#include <string_view>

#include "agent/model/result.hpp"

namespace jitgate::signature {

/// Largest armored text that is read: a certificate with all its principals fits many times.
inline constexpr std::size_t kMaxArmor = 128 * 1024;

/// The bytes within "-----BEGIN LABEL-----" and "-----END LABEL-----", each on a line of its own, nothing before and
/// only line ends after them. The base64 between is canonical, in lines of any length: there is one text, but for the
/// line ends, for each value.
[[nodiscard]] Result<std::string> remove_armor(std::string_view text, std::string_view label);

/// In lines of 70 characters, as OpenSSH writes them.
[[nodiscard]] std::string add_armor(std::string_view bytes, std::string_view label);

inline constexpr std::string_view kSignatureLabel = "SSH SIGNATURE";
inline constexpr std::string_view kPrivateKeyLabel = "OPENSSH PRIVATE KEY";

}  // namespace jitgate::signature
