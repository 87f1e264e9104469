#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace jitgate::cli {

/// What GET /v1/explain says, for people: the verdict in the first line, then what it rests on. What was only observed
/// is labelled so.
[[nodiscard]] std::string explanation_text(const boost::json::value& explanation);

/// "ip filter INPUT: 12 packets, last from 203.0.113.9 ..." or "...: by its rules; nobody was seen yet".
[[nodiscard]] std::string exposure_text(const boost::json::value& exposure);

}  // namespace jitgate::cli
