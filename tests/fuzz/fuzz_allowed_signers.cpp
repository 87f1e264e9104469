#include "agent/signature/allowed_signers.hpp"
#include "agent/signature/pattern_list.hpp"
#include "agent/signature/revoked_keys.hpp"
#include "tests/fuzz/check.hpp"

using jitgate::fuzz::check;
namespace signature = jitgate::signature;

namespace {

constexpr jitgate::WallTime kNow{std::chrono::seconds(1795284000)};  // 2026-11-21T18:00:00Z

void check_signers(const signature::AllowedSigners& allowed) {
  std::size_t line = 0;
  for (const auto& signer : allowed.signers) {
    check(signer.line > line, "lines are in order");
    line = signer.line;
    check(signature::parse_public_key(signer.key.blob).has_value(), "a key's blob is a key");
    const signature::SigningKey key{signer.key, {}};
    for (const std::string_view principal : {"ann@example.com", ""}) {
      const auto verdict =
          signature::check_signer(allowed, key, principal, "jitgate", signature::Presence::unknown, kNow);
      if (!verdict) continue;
      bool named = false;
      for (const auto& one : allowed.signers)
        named |= one.key == signer.key && !one.cert_authority &&
                 signature::matches_pattern_list(principal, one.principals) &&
                 (!one.namespaces || signature::matches_pattern_list("jitgate", *one.namespaces));
      check(named, "only who a line names may sign");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = jitgate::fuzz::text_of(data, size);
  if (const auto allowed = signature::parse_allowed_signers(text, "signers")) {
    check_signers(*allowed);
  } else {
    check(!allowed.error().details.empty() || text.size() > signature::kMaxAllowedSigners, "an error has its lines");
  }
  if (const auto key = signature::parse_key_text(text)) {
    const auto revoked = signature::parse_revoked_keys(signature::fingerprint(key->key), "revoked");
    check(revoked && revoked->revokes(*key), "a key is revoked by its fingerprint");
  }
  static_cast<void>(signature::parse_revoked_keys(text, "revoked"));
  static_cast<void>(signature::matches_pattern_list(text.substr(0, size / 2), text.substr(size / 2)));
  return 0;
}
