#pragma once

#include <string>
#include <string_view>

#include "agent/model/json_object.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

// What the documents that sources carry have in common.

/// The id of a grant: 1 to 128 of A-Z, a-z, 0-9, '.', '_' and '-'.
[[nodiscard]] Result<std::string> parse_grant_id(std::string_view text);

/// `"apiVersion": "jitgate/v1"` and `"kind": KIND`; otherwise an error at that key.
[[nodiscard]] Result<void> expect_kind(const JsonObject& document, std::string_view kind);

}  // namespace jitgate
