#pragma once

#include <set>
#include <string>
#include <string_view>

#include "agent/model/result.hpp"
#include "agent/signature/signing_key.hpp"

namespace jitgate::signature {

/// Keys that may not sign any more, nor certify, by fingerprint.
class RevokedKeys {
 public:
  void add(std::string fingerprint) { fingerprints_.insert(std::move(fingerprint)); }
  [[nodiscard]] bool contains(const PublicKey& key) const { return fingerprints_.contains(fingerprint(key)); }
  /// The key itself, the key that a certificate is for, or the authority that signed it.
  [[nodiscard]] bool revokes(const SigningKey& signer) const;
  [[nodiscard]] std::size_t size() const { return fingerprints_.size(); }

 private:
  std::set<std::string> fingerprints_;
};

/// Largest file of revoked keys, in bytes.
inline constexpr std::size_t kMaxRevokedKeys = 1024 * 1024;

/// A line is a fingerprint ("SHA256:..."), the line that `ssh-keygen -l` prints for a key, or a public key (a
/// certificate stands for its key); what follows it is a comment, as is a line that starts with '#'. A line that is
/// none of these makes the whole file an error, with one detail for each such line: a key that was meant to be revoked
/// must not go on. OpenSSH's binary revocation lists are refused.
[[nodiscard]] Result<RevokedKeys> parse_revoked_keys(std::string_view text, const std::string& name);

}  // namespace jitgate::signature
