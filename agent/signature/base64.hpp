#pragma once

#include <string>
#include <string_view>

#include "agent/model/result.hpp"

namespace jitgate::signature {

/// RFC 4648, section 4, with padding and without line breaks.
[[nodiscard]] std::string encode_base64(std::string_view bytes);

/// The canonical form alone (padded, unused bits zero), so that there is one text for each value. Refused:
/// everything else, whitespace included.
[[nodiscard]] Result<std::string> decode_base64(std::string_view text);

}  // namespace jitgate::signature
