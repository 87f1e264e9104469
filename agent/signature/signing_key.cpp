#include "agent/signature/signing_key.hpp"

#include "agent/model/utf8.hpp"
#include "agent/signature/base64.hpp"

namespace jitgate::signature {
namespace {

constexpr std::string_view kBlanks = " \t";

/// Up to the next blank, which is skipped with those that follow.
std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
  text.remove_prefix(word.size());
  const std::size_t next = text.find_first_not_of(kBlanks);
  text.remove_prefix(next == std::string_view::npos ? text.size() : next);
  return word;
}

}  // namespace

Result<SigningKey> parse_signing_key(std::string_view blob) {
  WireReader reader(blob);
  if (find_certificate_type(reader.string()) != nullptr) {
    auto certificate = parse_certificate(blob);
    if (!certificate) return certificate.error();
    return SigningKey{certificate->key, std::move(*certificate)};
  }
  auto key = parse_public_key(blob);
  if (!key) return key.error();
  return SigningKey{std::move(*key), std::nullopt};
}

Result<SigningKey> parse_key_text(std::string_view text, std::string_view* comment) {
  const std::string_view type = take_word(text);
  if (find_key_type(type) == nullptr && find_certificate_type(type) == nullptr)
    return error(errc::not_supported, "keys of the type " + in_quotes(type) + " are not supported");
  const auto blob = decode_base64(take_word(text));
  if (!blob) return error(errc::invalid_argument, "the key is not base64");
  auto key = parse_signing_key(*blob);
  if (!key) return key;
  const KeyTraits& kind = traits(key->key.type);
  if (type != (key->certificate ? kind.certificate : kind.name))
    return error(errc::invalid_argument, "the key is not of the type " + in_quotes(type) + " that stands before it");
  if (comment != nullptr) *comment = text;
  return key;
}

}  // namespace jitgate::signature
