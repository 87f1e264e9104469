#include "agent/signature/signed_document.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "agent/model/json_object.hpp"
#include "agent/model/strict_json.hpp"

namespace jitgate::signature {

Result<SignedDocument> parse_envelope(std::string_view bytes) {
  if (bytes.size() > kMaxEnvelope)
    return error(errc::invalid_argument, "an envelope is at most " + std::to_string(kMaxEnvelope) + " bytes");
  const auto value = parse_strict_json(bytes);
  if (!value) return value.error();
  const auto object = JsonObject::from(*value, {}, {"document", "signature"});
  if (!object) return object.error();
  const auto document = object->text("document");
  if (!document) return document.error();
  const auto signature = object->text("signature");
  if (!signature) return signature.error();
  return SignedDocument{std::string(*document), std::string(*signature)};
}

std::string write_envelope(const SignedDocument& document) {
  return boost::json::serialize(
             boost::json::object{{"document", document.document}, {"signature", document.signature}}) +
         "\n";
}

}  // namespace jitgate::signature
