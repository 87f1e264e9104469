#pragma once

#include <boost/json/value.hpp>

#include "cli/command.hpp"

namespace jitgate::cli {

/// Asks the daemon until the request is decided on, also over its restart; the grant as it is then.
[[nodiscard]] Outcome<boost::json::value> wait_for_decision(Invocation& invocation, const std::string& id);

/// "not open: Denied", for a request that has ended; empty for one that is granted.
[[nodiscard]] std::string refusal_text(const boost::json::value& grant);

}  // namespace jitgate::cli
