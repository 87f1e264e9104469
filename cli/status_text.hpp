#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <vector>

#include "agent/model/clock.hpp"

namespace jitgate::cli {

/// One line: "enforcing, in sync: 2 of 2 ports locked, 1 grant".
[[nodiscard]] std::string brief_status(const boost::json::value& status);

/// The whole report for a terminal. `now`: for how long a trial still runs.
[[nodiscard]] std::string full_status(const boost::json::value& status, WallTime now);

/// What others leave open on locked ports and nobody has accepted: a line each.
[[nodiscard]] std::vector<std::string> unacknowledged_exposures(const boost::json::value& status);

/// True when the host is as it should be: enforcing with every port locked and every exposure acknowledged, or auditing
/// (which is what its administrator chose), and in sync with the kernel.
[[nodiscard]] bool is_healthy(const boost::json::value& status);

}  // namespace jitgate::cli
