#pragma once

#include <string>
#include <string_view>

#include "agent/model/grant_document.hpp"
#include "agent/model/result.hpp"
#include "agent/signature/armor.hpp"

namespace jitgate::signature {

/// A document as it travels: its exact bytes and the armored SSH signature over them. As files they are NAME.json and
/// NAME.json.sig.
struct SignedDocument {
  std::string document;
  std::string signature;
  friend bool operator==(const SignedDocument&, const SignedDocument&) = default;
};

/// Largest envelope that is read: JSON writes a byte as six characters at worst.
inline constexpr std::size_t kMaxEnvelope = 6 * (kMaxGrantDocument + kMaxArmor);

/// `{"document": "<the exact bytes>", "signature": "<armored SSH signature>"}`, strictly.
[[nodiscard]] Result<SignedDocument> parse_envelope(std::string_view bytes);

/// One line of JSON. The document must be UTF-8 (every readable one is).
[[nodiscard]] std::string write_envelope(const SignedDocument& document);

}  // namespace jitgate::signature
