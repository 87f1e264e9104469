#pragma once

#include "agent/config/config.hpp"
#include "agent/model/ruleset.hpp"

namespace jitgate {

/// The lock that the configuration asks for, with no end.
[[nodiscard]] Lock wanted_lock(const Config& config);

}  // namespace jitgate
