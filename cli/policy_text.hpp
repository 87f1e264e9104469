#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace jitgate::cli {

/// The body of GET /v1/policy for a terminal: a row a port, then the sources that are never locked out.
[[nodiscard]] std::string policy_table(const boost::json::value& policy);

}  // namespace jitgate::cli
