#include "agent/api/decode_fields.hpp"

#include <algorithm>

#include "agent/model/duration.hpp"
#include "agent/model/utf8.hpp"

namespace jitgate {

Result<void> expect_query(const CallInput& input, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : input.query) {
    if (std::ranges::find(known, name) == known.end())
      return error(errc::invalid_argument, "unknown query parameter", name);
  }
  return {};
}

Result<void> expect_no_body(const CallInput& input) {
  if (!input.body.empty()) return error(errc::invalid_argument, "this call takes no body", "body");
  return {};
}

Result<std::string> grant_id(std::string_view id) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  if (id.empty() || id.size() > 128 || !std::ranges::all_of(id, allowed)) {
    return error(errc::invalid_argument, "is not the id of a grant; expected 1 to 128 of A-Z a-z 0-9 . _ -", "id");
  }
  return std::string(id);
}

Result<bool> optional_flag(const JsonObject& object, std::string_view key) {
  if (!object.has(key)) return false;
  const Result<const boost::json::value*> value = object.require(key);
  if (!value) return value.error();
  if (const bool* flag = (*value)->if_bool()) return *flag;
  return error(errc::invalid_argument, "expected true or false", object.path_of(key));
}

Result<std::string> optional_justification(const JsonObject& object) {
  constexpr std::string_view key = "justification";
  if (!object.has(key)) return std::string{};
  const Result<std::string_view> text = object.text(key);
  if (!text) return text.error();
  if (text->size() > kMaxJustification) {
    return error(errc::invalid_argument, "longer than " + std::to_string(kMaxJustification) + " bytes",
                 object.path_of(key));
  }
  std::string visible(*text);
  std::erase_if(visible, [](char c) { return c == '\n' || c == '\t'; });
  if (has_control_characters(visible)) {
    return error(errc::invalid_argument, "holds a control character", object.path_of(key));
  }
  return std::string(*text);
}

Result<Duration> required_duration(const JsonObject& object, std::string_view key) {
  return object.parsed(key, parse_iso_duration);
}

}  // namespace jitgate
