#pragma once

#include <spdlog/common.h>

namespace jitgate {

/// Where a service's messages go: warnings and worse to the event log, all of them to files in ProgramData, of which
/// the oldest go (four of 5 MiB); without such a file to the event log alone.
[[nodiscard]] spdlog::sink_ptr make_service_log();

}  // namespace jitgate
