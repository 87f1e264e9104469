#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/port.hpp"

namespace jitgate::doctor {

enum class Verdict : std::uint8_t {
  healthy,
  unhealthy,
  not_applicable,  ///< no management port can be reached from elsewhere
};

/// "Healthy", "Unhealthy", "NotApplicable".
constexpr std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::healthy:
      return "Healthy";
    case Verdict::unhealthy:
      return "Unhealthy";
    case Verdict::not_applicable:
      break;
  }
  return "NotApplicable";
}

/// Only what is unhealthy decides the verdict.
enum class Severity : std::uint8_t { unhealthy, warning, note };

/// "unhealthy", "warning", "note".
constexpr std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::unhealthy:
      return "unhealthy";
    case Severity::warning:
      return "warning";
    case Severity::note:
      break;
  }
  return "note";
}

struct Finding {
  std::string code;  ///< stable; docs/doctor.md has them all
  Severity severity;
  std::string message;  ///< one sentence
  std::string remedy;   ///< the command or the YAML that mends it, of one or more lines
  friend bool operator==(const Finding&, const Finding&) = default;
};

/// What stands between a listening port and everybody.
enum class Protection : std::uint8_t {
  locked,
  exposed,      ///< locked, and a rule of others that nobody has acknowledged lets packets in
  audited,      ///< would be locked, were the mode not audit
  unlocked,     ///< nothing of ours
  unreachable,  ///< it listens for this host alone
};

/// "locked", "exposed", "audited", "unlocked", "unreachable".
constexpr std::string_view to_string(Protection protection) {
  switch (protection) {
    case Protection::locked:
      return "locked";
    case Protection::exposed:
      return "exposed";
    case Protection::audited:
      return "audited";
    case Protection::unreachable:
      return "unreachable";
    case Protection::unlocked:
      break;
  }
  return "unlocked";
}

/// A port that is there to manage the host, or that the policy names, and that something listens on.
struct ManagementPort {
  TransportPort port;
  std::vector<std::string> addresses;  ///< it listens on; sorted
  std::vector<std::string> processes;  ///< that hold its sockets; sorted; empty when not known
  Protection protection = Protection::unlocked;
  friend bool operator==(const ManagementPort&, const ManagementPort&) = default;
};

struct DoctorReport {
  Verdict verdict = Verdict::not_applicable;
  std::vector<ManagementPort> ports;
  std::vector<Finding> findings;
};

}  // namespace jitgate::doctor
