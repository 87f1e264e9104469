#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "agent/model/duration.hpp"
#include "cli/command.hpp"

namespace jitgate::cli {

// Arguments as people type them, to what the API takes. A malformed one is ExitCode::usage and names the option.

/// "1h", "90s" or "PT1H", as ISO 8601.
[[nodiscard]] Outcome<std::string> iso_duration(const std::string& option, const std::string& text);

/// An address or prefix in canonical form; "me" is the caller's SSH peer, which is printed on standard error first.
[[nodiscard]] Outcome<std::string> source_address(Invocation& invocation, const std::string& text);

/// "22" or "22/tcp", as {"number": 22, "protocol": "TCP"}.
[[nodiscard]] Outcome<boost::json::object> port_object(const std::string& text);

/// The id of a grant, safe to stand in a path.
[[nodiscard]] Outcome<std::string> grant_id(const std::string& text);

}  // namespace jitgate::cli
