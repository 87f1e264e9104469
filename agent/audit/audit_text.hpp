#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jitgate {

// Text from outside (a justification, a name), made harmless for where it is shown. Malformed UTF-8 is escaped byte by
// byte.

/// For a terminal: control characters (C0, DEL, C1), line and paragraph separators, and the characters that turn the
/// direction of text around (Unicode TR36) become "\x1b" or "\u202e". No line breaks are left.
[[nodiscard]] std::string terminal_text(std::string_view text);

/// The same, but line breaks and tabs are left: for a file that is quoted (CSV).
[[nodiscard]] std::string file_text(std::string_view text);

/// A JSON string with its quotes (RFC 8259): always valid UTF-8 (a malformed byte becomes U+FFFD), and without control
/// characters a terminal would obey.
[[nodiscard]] std::string json_text(std::string_view text);

/// Code points in valid UTF-8: the columns it takes on a terminal, wide characters apart.
[[nodiscard]] std::size_t text_width(std::string_view text);

}  // namespace jitgate
