#include "agent/model/utf8.hpp"

#include <cstdint>

namespace jitgate {
namespace {

constexpr std::size_t kMaxQuoted = 64;

/// What is at the front of a text: a code point of `length` bytes, or one malformed byte.
struct CodePoint {
  bool valid = false;
  std::uint32_t value = 0;
  std::size_t length = 1;
};

std::size_t sequence_length(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  return 0;
}

bool in_unicode(std::uint32_t value, std::size_t length) {
  if (length == 3) return value >= 0x800 && (value < 0xd800 || value > 0xdfff);
  if (length == 4) return value >= 0x10000 && value <= 0x10ffff;
  return true;
}

/// Precondition: `text` is not empty.
CodePoint first_code_point(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text[0]);
  const std::size_t length = sequence_length(lead);
  if (length == 0 || length > text.size()) return {};
  std::uint32_t value = length == 1 ? lead : lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if ((byte & 0xc0) != 0x80) return {};
    value = value << 6 | (byte & 0x3fU);
  }
  if (!in_unicode(value, length)) return {};
  return {true, value, length};
}

bool is_control(std::uint32_t value) {
  return value < 0x20 || (value >= 0x7f && value <= 0x9f);
}

void append_escaped(std::string& out, std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<std::uint8_t>(c);
    out += "\\x";
    out += kDigits[byte >> 4];
    out += kDigits[byte & 0xf];
  }
}

}  // namespace

std::size_t find_malformed_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = first_code_point(text.substr(at));
    if (!point.valid) return at;
    at += point.length;
  }
  return std::string_view::npos;
}

std::size_t find_control_character(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = first_code_point(text.substr(at));
    if (point.valid && is_control(point.value)) return at;
    at += point.length;
  }
  return std::string_view::npos;
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  while (!text.empty() && out.size() <= kMaxQuoted) {
    const CodePoint point = first_code_point(text);
    const std::string_view bytes = text.substr(0, point.length);
    if (point.valid && !is_control(point.value)) {
      out += bytes;
    } else {
      append_escaped(out, bytes);
    }
    text.remove_prefix(point.length);
  }
  if (!text.empty()) out += "...";
  return out + "\"";
}

std::string printable_name(std::string_view name) {
  const bool plain = name.size() <= kMaxQuoted && is_utf8(name) && !has_control_characters(name);
  return plain ? std::string(name) : in_quotes(name);
}

}  // namespace jitgate
