#pragma once

#include <string>
#include <vector>

#include "cli/environment.hpp"
#include "cli/outcome.hpp"

namespace jitgate::cli {

/// The whole program: `arguments` without the program's name. Failures are one line on `environment.err`.
[[nodiscard]] ExitCode run(std::vector<std::string> arguments, Environment& environment);

}  // namespace jitgate::cli
