#include "agent/model/document_field.hpp"

#include <algorithm>

namespace jitgate {
namespace {

constexpr std::size_t kMaxId = 128;

bool is_id_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

Result<void> expect(const JsonObject& object, std::string_view key, std::string_view expected) {
  const auto text = object.text(key);
  if (!text) return text.error();
  if (*text == expected) return {};
  return error(errc::invalid_argument, "must be " + std::string(expected), object.path_of(key));
}

}  // namespace

Result<std::string> parse_grant_id(std::string_view text) {
  if (text.empty() || text.size() > kMaxId || !std::ranges::all_of(text, is_id_character)) {
    return error(errc::invalid_argument, "must be 1 to 128 of A-Z, a-z, 0-9, '.', '_' and '-'");
  }
  return std::string(text);
}

Result<void> expect_kind(const JsonObject& document, std::string_view kind) {
  if (auto version = expect(document, "apiVersion", "jitgate/v1"); !version) return version.error();
  return expect(document, "kind", kind);
}

}  // namespace jitgate
