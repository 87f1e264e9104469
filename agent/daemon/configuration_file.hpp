#pragma once

#include <string>

#include "agent/config/config.hpp"

namespace jitgate {

/// What the daemon does as it is told by: read_config(). On Windows, where whoever has logged on can make directories
/// next to ours, it is refused (errc::system_failed) where its owner is not trusted or others may change it.
[[nodiscard]] Result<std::string> read_configuration_file(const std::string& path);

}  // namespace jitgate
