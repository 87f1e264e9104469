#pragma once

#include <string>

#include "cli/outcome.hpp"

namespace jitgate::cli {

/// The whole of a regular file of at most 1 MiB.
[[nodiscard]] Outcome<std::string> read_file(const std::string& path);

}  // namespace jitgate::cli
