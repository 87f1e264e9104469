#include "agent/signature/armor.hpp"
#include "agent/signature/ssh_signature.hpp"
#include "tests/fuzz/check.hpp"

using jitgate::fuzz::check;
namespace signature = jitgate::signature;

namespace {

bool same(const signature::SshSignature& a, const signature::SshSignature& b) {
  return a.signer.blob() == b.signer.blob() && a.name_space == b.name_space && a.hash == b.hash &&
         a.signature == b.signature;
}

void check_signature(const signature::SshSignature& parsed) {
  const auto again = signature::parse_signature(signature::write_signature(parsed));
  check(again && same(*again, parsed), "a signature survives its text");
  check(signature::parse_public_key(parsed.signer.key.blob).has_value(), "a key's blob is a key");
  const bool holds = signature::check_message(parsed, parsed.name_space, "a document").has_value();
  const bool holds_for_other = signature::check_message(parsed, parsed.name_space, "another").has_value();
  check(!holds || !holds_for_other, "no signature holds for two messages");
  check(!holds || !signature::check_message(parsed, parsed.name_space + "x", "a document"),
        "no signature holds for two namespaces");
}

void check_armor(std::string_view text) {
  const auto bytes = signature::remove_armor(text, signature::kSignatureLabel);
  if (!bytes) return;
  const auto again =
      signature::remove_armor(signature::add_armor(*bytes, signature::kSignatureLabel), signature::kSignatureLabel);
  check(again && *again == *bytes, "bytes survive their armor");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = jitgate::fuzz::text_of(data, size);
  check_armor(text);
  if (const auto parsed = signature::parse_signature(text)) check_signature(*parsed);
  if (const auto parsed = signature::parse_signature_blob(text)) check_signature(*parsed);
  return 0;
}
