#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace jitgate::cli {

/// What GET /v1/explain says, for people: the verdict in the first line, then what it rests on. What was only observed
/// is labelled so.
[[nodiscard]] std::string explanation_text(const boost::json::value& explanation);

/// "through ip filter INPUT (tcp): 12 packets let in, from 203.0.113.9".
[[nodiscard]] std::string exposure_text(const boost::json::value& exposure);

}  // namespace jitgate::cli
