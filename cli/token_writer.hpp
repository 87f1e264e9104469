#pragma once

#include <string>

#include "cli/outcome.hpp"

namespace jitgate::cli {

/// Adds an entry for a new random token to the tokens file, which is made (mode 0600) where there is none, and gives
/// the token. The file is replaced as a whole or not at all, and what is in it stays as it is written; a file that the
/// daemon would not take is refused. The daemon sees the change by itself.
[[nodiscard]] Outcome<std::string> create_token(const std::string& path, const std::string& name,
                                                const std::string& role);

}  // namespace jitgate::cli
