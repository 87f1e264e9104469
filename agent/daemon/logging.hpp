#pragma once

#include <spdlog/common.h>

#include "agent/config/config.hpp"

namespace jitgate {

/// Sets up the default logger of spdlog: into `sink`, with the level and format of the configuration. Under systemd,
/// which stamps lines itself, text lines carry a priority prefix (sd-daemon(3)) and no time. Once, before there are
/// other threads.
void set_up_logging(const Config& config, spdlog::sink_ptr sink);

/// The same logger with another level and format, while any thread logs.
void change_logging(const Config& config);

}  // namespace jitgate
