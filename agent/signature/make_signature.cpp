#include "agent/signature/make_signature.hpp"

namespace jitgate::signature {

Result<std::string> make_signature(const Signer& signer, std::string_view message) {
  SshSignature signature{signer.key, std::string(kNamespace), "sha512", {}};
  auto raw = signer.sign_raw(signed_bytes(kNamespace, signature.hash, message));
  if (!raw) return raw.error();
  signature.signature = std::move(*raw);
  if (const auto holds = check_message(signature, kNamespace, message); !holds)
    return error(errc::refused, "what the key made would be refused: " + holds.error().message);
  return write_signature(signature);
}

}  // namespace jitgate::signature
