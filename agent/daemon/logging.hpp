#pragma once

#include "agent/config/config.hpp"

namespace jitgate {

/// Sets up the default logger of spdlog: standard error, with the level and format of the configuration. Under systemd,
/// which stamps lines itself, text lines carry a priority prefix (sd-daemon(3)) and no time.
void set_up_logging(const Config& config);

}  // namespace jitgate
