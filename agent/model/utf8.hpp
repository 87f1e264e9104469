#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jitgate {

/// Index of the first byte that is not part of well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing
/// above U+10FFFF); npos when there is none.
[[nodiscard]] std::size_t find_malformed_utf8(std::string_view text);

/// Index of the first C0 or C1 control character or DEL, which rewrite what a terminal or a log shows; npos when there
/// is none. Malformed bytes are none.
[[nodiscard]] std::size_t find_control_character(std::string_view text);

inline bool is_utf8(std::string_view text) {
  return find_malformed_utf8(text) == std::string_view::npos;
}
inline bool has_control_characters(std::string_view text) {
  return find_control_character(text) != std::string_view::npos;
}

/// Foreign text for a message, in quotes: about 64 bytes at most, with control characters and malformed bytes escaped
/// as \xNN.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// A foreign name for a message: as it is, or in quotes where it is long or could be taken for something else.
[[nodiscard]] std::string printable_name(std::string_view name);

}  // namespace jitgate
