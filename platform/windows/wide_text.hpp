#pragma once

#include <string>
#include <string_view>

namespace jitgate {

/// Everything inside is UTF-8; Windows is asked in UTF-16, by its functions that end with W. What is not valid becomes
/// U+FFFD.
[[nodiscard]] std::wstring wide_text(std::string_view utf8);
[[nodiscard]] std::string utf8_text(std::wstring_view wide);

/// A path as Windows' functions take it, longer than MAX_PATH too (learn.microsoft.com, "Maximum Path Length
/// Limitation"). Both kinds of slashes separate.
[[nodiscard]] std::wstring wide_path(std::string_view utf8);

}  // namespace jitgate
