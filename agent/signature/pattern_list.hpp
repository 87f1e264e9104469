#pragma once

#include <string_view>

namespace jitgate::signature {

/// PATTERNS of ssh_config(5): comma-separated, `*` and `?` are wildcards, `!` before a pattern excludes what it matches
/// whatever else does. Case matters. A list of exclusions alone matches nothing.
[[nodiscard]] bool matches_pattern_list(std::string_view text, std::string_view list);

}  // namespace jitgate::signature
