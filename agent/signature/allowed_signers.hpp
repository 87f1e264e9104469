#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/clock.hpp"
#include "agent/model/result.hpp"
#include "agent/signature/raw_signature.hpp"
#include "agent/signature/signing_key.hpp"

namespace jitgate::signature {

/// One line of an allowed_signers file.
struct AllowedSigner {
  std::size_t line = 0;
  std::string principals;  ///< a pattern list
  PublicKey key;           ///< the signer's, or of the authority that certifies signers
  bool cert_authority = false;
  std::optional<std::string> namespaces{};  ///< a pattern list
  std::uint64_t valid_after = 0;            ///< seconds since 1970, from then on; 0: always
  std::uint64_t valid_before = 0;           ///< seconds since 1970, up to and including that one; 0: always
};

struct AllowedSigners {
  std::string name;  ///< of the file, for messages
  std::vector<AllowedSigner> signers;
};

/// Largest allowed_signers file, in bytes.
inline constexpr std::size_t kMaxAllowedSigners = 1024 * 1024;

/// ALLOWED SIGNERS of ssh-keygen(1). Where ssh-keygen passes over a line that it cannot read, the file is refused here,
/// with one detail for each such line, "NAME:LINE: what is wrong".
[[nodiscard]] Result<AllowedSigners> parse_allowed_signers(std::string_view text, std::string name);

/// The key may sign as `principal` in `name_space` now: the first line that says so suffices. Otherwise errc::refused,
/// with one detail for each line that speaks of the key.
[[nodiscard]] Result<void> check_signer(const AllowedSigners& allowed, const SigningKey& signer,
                                        std::string_view principal, std::string_view name_space, Presence presence,
                                        WallTime now);

}  // namespace jitgate::signature
