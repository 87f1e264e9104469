#pragma once

#include <string>

#include "agent/control/status_report.hpp"

namespace jitgate {

/// The status as the text that Prometheus reads (exposition format 0.0.4). Names and labels are a promise: dashboards
/// and alerts stand on them; docs/metrics.md has them all. Counters count from the daemon's start, but those of packets
/// of exposures from the last time that the table was built.
[[nodiscard]] std::string to_prometheus(const StatusReport& report);

}  // namespace jitgate
