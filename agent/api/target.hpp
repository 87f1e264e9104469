#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/result.hpp"

namespace jitgate {

/// A request target in origin form (RFC 9112 3.2.1), decoded once. No segment is empty, "." or "..", and none holds a
/// slash, a backslash or a control character in any encoding: what a route matches is what the client wrote.
struct Target {
  std::vector<std::string> segments;  ///< "/v1/grants" is {"v1", "grants"}
  std::map<std::string, std::string>
      query;  ///< every name once; '+' is a plus sign, so that "+01:00" needs no escaping
};

[[nodiscard]] Result<Target> parse_target(std::string_view text);

}  // namespace jitgate
