#include "agent/audit/audit_text.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "agent/model/utf8.hpp"

namespace jitgate {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

std::string hex(std::uint32_t value, int digits) {
  std::string text;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) text.push_back(kHexDigits[(value >> shift) & 0xf]);
  return text;
}

struct Piece {
  std::string_view bytes;
  std::optional<char32_t> code_point;  ///< nullopt: one byte that is no UTF-8
};

std::size_t length_by_first_byte(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

// The first character of a text that is not empty.
Piece next_piece(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  const std::size_t length = length_by_first_byte(first);
  const std::string_view bytes = text.substr(0, length);
  if (bytes.size() != length || !is_utf8(bytes)) return {text.substr(0, 1), std::nullopt};
  if (length == 1) return {bytes, first};
  char32_t code_point = first & (0xffu >> (length + 1));
  for (const char byte : bytes.substr(1)) code_point = (code_point << 6) | (static_cast<unsigned char>(byte) & 0x3f);
  return {bytes, code_point};
}

bool is_obeyed_by_terminals(char32_t c) {
  const bool control = c < 0x20 || (c >= 0x7f && c <= 0x9f);
  const bool separator = c == 0x2028 || c == 0x2029;
  const bool direction =
      c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  return control || separator || direction;
}

std::string escape(const Piece& piece) {
  if (!piece.code_point) return "\\x" + hex(static_cast<unsigned char>(piece.bytes.front()), 2);
  if (*piece.code_point < 0x80) return "\\x" + hex(*piece.code_point, 2);
  return "\\u" + hex(*piece.code_point, 4);
}

std::string escaped(std::string_view text, std::string_view left_alone) {
  std::string out;
  while (!text.empty()) {
    const Piece piece = next_piece(text);
    text.remove_prefix(piece.bytes.size());
    const bool leave = left_alone.find(piece.bytes.front()) != std::string_view::npos;
    const bool harmful = !piece.code_point || (is_obeyed_by_terminals(*piece.code_point) && !leave);
    out += harmful ? escape(piece) : std::string(piece.bytes);
  }
  return out;
}

}  // namespace

std::string terminal_text(std::string_view text) {
  return escaped(text, "");
}

std::string file_text(std::string_view text) {
  return escaped(text, "\r\n\t");
}

std::string json_text(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const Piece piece = next_piece(text);
    text.remove_prefix(piece.bytes.size());
    if (!piece.code_point) {
      out += "\xef\xbf\xbd";
    } else if (*piece.code_point == U'"' || *piece.code_point == U'\\') {
      out.append("\\").append(piece.bytes);
    } else if (is_obeyed_by_terminals(*piece.code_point)) {
      out += "\\u" + hex(*piece.code_point, 4);
    } else {
      out.append(piece.bytes);
    }
  }
  return out + "\"";
}

std::size_t text_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }));
}

}  // namespace jitgate
