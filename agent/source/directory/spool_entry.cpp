#include "agent/source/directory/spool_entry.hpp"

#include "agent/model/strict_json.hpp"
#include "agent/model/utf8.hpp"
#include "agent/signature/signed_document.hpp"

namespace jitgate {
namespace {

constexpr std::string_view kDocumentEnding = ".json";
constexpr std::string_view kSignatureEnding = ".sig";

EntryReading not_read(const std::string& name, const Error& why) {
  std::string text = in_quotes(name) + " " + why.message;
  if (why.code == errc::conflict) return EntryWaits{std::move(text)};
  if (why.code == errc::unavailable) return EntryUnknown{std::move(text)};
  return EntryUnreadable{std::move(text)};
}

bool is_envelope(const boost::json::value& value) {
  const auto* object = value.if_object();
  return object != nullptr && object->contains("document");
}

EntryReading open_envelope(const std::string& key, const std::string& bytes) {
  auto envelope = signature::parse_envelope(bytes);
  if (!envelope)
    return EntryUnreadable{in_quotes(key) + " has a document in it, and is no envelope of document and signature"};
  return DeliveredDocument{key, std::move(envelope->document), std::move(envelope->signature)};
}

EntryReading join_signature(const std::string& key, std::string document, bool needs_signature,
                            const ReadSpoolFile& read) {
  const std::string name = signature_file_of(key);
  auto armored = read(name, signature::kMaxArmor);
  if (!armored && needs_signature && armored.error().code != errc::not_found) return not_read(name, armored.error());
  if (!armored && needs_signature) return EntryWaits{in_quotes(key) + " has no " + in_quotes(name) + " beside it"};
  const bool whole = armored && signature::remove_armor(*armored, signature::kSignatureLabel);
  if (!whole && !needs_signature) return DeliveredDocument{key, std::move(document), std::nullopt};
  if (!whole) return EntryWaits{in_quotes(name) + " is no whole SSH signature"};
  return DeliveredDocument{key, std::move(document), std::move(*armored)};
}

}  // namespace

std::optional<std::string> entry_of(std::string_view file_name) {
  if (file_name.starts_with('.')) return std::nullopt;
  if (file_name.ends_with(kSignatureEnding)) file_name.remove_suffix(kSignatureEnding.size());
  if (!file_name.ends_with(kDocumentEnding)) return std::nullopt;
  return std::string(file_name);
}

std::string signature_file_of(std::string_view key) {
  return std::string(key).append(kSignatureEnding);
}

EntryReading read_entry(const std::string& key, bool needs_signature, const ReadSpoolFile& read) {
  auto bytes = read(key, signature::kMaxEnvelope);
  if (!bytes && bytes.error().code == errc::not_found) return EntryAbsent{};
  if (!bytes) return not_read(key, bytes.error());
  // The key goes into messages and records of others.
  if (!is_utf8(key) || has_control_characters(key))
    return EntryUnreadable{in_quotes(key) + " has a name that cannot be shown"};
  const auto value = parse_strict_json(*bytes);
  if (value && is_envelope(*value)) return open_envelope(key, *bytes);
  if (bytes->size() > kMaxGrantDocument)
    return EntryUnreadable{in_quotes(key) + " is larger than " + std::to_string(kMaxGrantDocument) + " bytes"};
  if (!value) return EntryWaits{in_quotes(key) + " is no whole JSON document (strictly read)"};
  return join_signature(key, std::move(*bytes), needs_signature, read);
}

}  // namespace jitgate
