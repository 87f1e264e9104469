#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace jitgate::cli {

/// The verdict, what listens, and each finding with its remedy below it.
[[nodiscard]] std::string doctor_text(const boost::json::value& report);

/// False for Unhealthy only: monitoring has nothing to say about a host on which nothing listens.
[[nodiscard]] bool is_acceptable(const boost::json::value& report);

}  // namespace jitgate::cli
