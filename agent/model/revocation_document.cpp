#include "agent/model/revocation_document.hpp"

#include <boost/json/object.hpp>

#include "agent/model/document_field.hpp"
#include "agent/model/grant_document.hpp"
#include "agent/model/strict_json.hpp"

namespace jitgate {
namespace {

Result<StatusReason> parse_reason(std::string_view text) {
  const auto reason = parse_status_reason(text);
  if (!reason || *reason == StatusReason::none || *reason == StatusReason::expired || *reason == StatusReason::pending)
    return error(errc::invalid_argument, "must be UserRequested, NewerRequestInitiated, PolicyChanged or Denied");
  return reason;
}

Result<boost::json::value> parse_json(std::string_view bytes) {
  if (bytes.size() > kMaxGrantDocument)
    return error(errc::invalid_argument, "a document is at most " + std::to_string(kMaxGrantDocument) + " bytes");
  return parse_strict_json(bytes);
}

bool is_revocation(const boost::json::value& value) {
  const boost::json::object* object = value.if_object();
  const boost::json::value* kind = object != nullptr ? object->if_contains("kind") : nullptr;
  return kind != nullptr && kind->is_string() && kind->get_string() == "Revocation";
}

Result<Revocation> read_revocation(const boost::json::value& value, std::string_view bytes) {
  const auto object = JsonObject::from(value, {}, {"apiVersion", "kind", "id", "statusReason"});
  if (!object) return object.error();
  if (const auto kind = expect_kind(*object, "Revocation"); !kind) return kind.error();
  auto id = object->parsed("id", parse_grant_id);
  if (!id) return id.error();
  const auto reason = object->parsed("statusReason", parse_reason);
  if (!reason) return reason.error();
  return Revocation{std::move(*id), sha256(bytes), *reason};
}

}  // namespace

Result<Revocation> parse_revocation_document(std::string_view bytes) {
  const auto value = parse_json(bytes);
  if (!value) return value.error();
  return read_revocation(*value, bytes);
}

Result<std::variant<Grant, Revocation>> parse_document(std::string_view bytes) {
  const auto value = parse_json(bytes);
  if (!value) return value.error();
  if (is_revocation(*value)) {
    auto revocation = read_revocation(*value, bytes);
    if (!revocation) return revocation.error();
    return std::variant<Grant, Revocation>(std::move(*revocation));
  }
  auto grant = parse_grant_document(bytes);
  if (!grant) return grant.error();
  return std::variant<Grant, Revocation>(std::move(*grant));
}

}  // namespace jitgate
