#pragma once

#include <string>

#include "agent/model/result.hpp"

namespace jitgate {

/// Makes the directory of the configuration, for administrators alone, and puts the `jitgate.yaml` that stands beside
/// the program there, where there is no file of that name yet. What is there is left as it is.
[[nodiscard]] Result<void> provide_configuration(const std::string& path, const std::string& program);

}  // namespace jitgate
