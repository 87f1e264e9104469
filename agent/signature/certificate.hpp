#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/clock.hpp"
#include "agent/model/result.hpp"
#include "agent/signature/public_key.hpp"
#include "agent/signature/raw_signature.hpp"

namespace jitgate::signature {

enum class CertificateKind : std::uint32_t { user = 1, host = 2 };

/// An OpenSSH certificate (PROTOCOL.certkeys), read and not yet believed.
struct Certificate {
  PublicKey key;  ///< whose it is
  std::uint64_t serial = 0;
  CertificateKind kind = CertificateKind::user;
  std::string key_id;
  std::vector<std::string> principals;
  std::uint64_t valid_after = 0;   ///< seconds since 1970; from then on
  std::uint64_t valid_before = 0;  ///< seconds since 1970; no longer then
  /// Names. None but "verify-required" can be honoured here, and that one has no data.
  std::vector<std::string> critical_options;
  PublicKey authority;
  std::string blob;             ///< all of it
  std::size_t signed_size = 0;  ///< how much of `blob` the authority signed
  std::string signature;
};

/// Most principals of one certificate, as in OpenSSH.
inline constexpr std::size_t kMaxCertificatePrincipals = 256;

/// The whole of `blob` is one certificate.
[[nodiscard]] Result<Certificate> parse_certificate(std::string_view blob);

/// The certificate makes its key one of `principal` now: its authority signed it, it is a user's, `now` lies within its
/// validity, it lists `principal` by name (one that lists nobody is for nobody), and each critical option is honoured:
/// "verify-required" by what `presence` of the signature says; any other restricts to what a signature cannot show (an
/// address, a command), and refuses. Whether the authority is trusted is for the caller to know.
[[nodiscard]] Result<void> check_certificate(const Certificate& certificate, std::string_view principal,
                                             Presence presence, WallTime now);

}  // namespace jitgate::signature
