#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/control/status_report.hpp"
#include "agent/model/address_prefix.hpp"
#include "agent/model/clock.hpp"
#include "agent/model/port.hpp"

namespace jitgate {

/// `jitgate explain`: one source (a single address) and one port.
struct ExplainQuery {
  AddressPrefix source;
  TransportPort port;
};

/// What happens to a new connection. Up to `entry` it is the kernel's own answer of this moment; `observed` is what was
/// seen and read of the rules of others, and decides nothing by itself.
struct Explanation {
  enum class Verdict : std::uint8_t {
    not_locked,      ///< the port is none of ours
    not_enforcing,   ///< no lock stands (disabled, released, a trial that is over)
    granted,         ///< an allow entry matches
    always_allowed,  ///< a source of alwaysAllow
    loopback,        ///< what this machine says to itself passes every lock
    locked,          ///< denied, unless a rule of others accepts it (`existingRules: honor`)
  };
  Verdict verdict = Verdict::locked;
  std::optional<AddressPrefix> entry;  ///< the prefix that matches: of the allow entry, or of alwaysAllow
  std::optional<Duration> remaining;   ///< of the allow entry
  std::vector<std::string> grants;     ///< ids of the grants that the entry stands for
  std::vector<ExposureStatus> observed;
};

/// "notLocked", "notEnforcing", "granted", "alwaysAllowed", "loopback", "locked".
constexpr std::string_view to_string(Explanation::Verdict verdict) {
  switch (verdict) {
    case Explanation::Verdict::not_locked:
      return "notLocked";
    case Explanation::Verdict::not_enforcing:
      return "notEnforcing";
    case Explanation::Verdict::granted:
      return "granted";
    case Explanation::Verdict::always_allowed:
      return "alwaysAllowed";
    case Explanation::Verdict::loopback:
      return "loopback";
    case Explanation::Verdict::locked:
      break;
  }
  return "locked";
}

}  // namespace jitgate
