#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/control/duration_histogram.hpp"
#include "agent/model/address_prefix.hpp"
#include "agent/model/clock.hpp"
#include "agent/model/grant.hpp"
#include "agent/model/port.hpp"

namespace jitgate {

enum class AgentState : std::uint8_t { enforcing, audit, disabled, degraded };

/// As the API says it.
constexpr std::string_view to_string(AgentState state) {
  switch (state) {
    case AgentState::enforcing:
      return "enforcing";
    case AgentState::audit:
      return "audit";
    case AgentState::disabled:
      return "disabled";
    case AgentState::degraded:
      break;
  }
  return "degraded";
}

/// Something on the host leaves a locked port open.
struct ExposureStatus {
  Transport transport;
  std::string by;                      ///< "ip filter INPUT"
  std::uint64_t packets = 0;           ///< seen; 0: found by reading the rules
  std::vector<AddressPrefix> sources;  ///< samples
  bool acknowledged = false;
};

struct PortStatus {
  PortNumber number;
  Protocol protocol;
  bool locked;  ///< the kernel holds the deny rule now
  std::size_t active_grants;
  std::vector<ExposureStatus> exposures;
  // Within the last seven days (agent/control/port_activity.hpp).
  std::size_t approved_requests = 0;
  std::optional<WallTime> last_access{};
  std::string last_user{};
};

/// Packets to one port that the kernel denied, or in mode audit would have.
struct DeniedStatus {
  TransportPort port;
  std::uint64_t packets = 0;
};

/// What became of ports of grants since the daemon started: each source, protocol and port of a grant is one.
struct OpeningTotals {
  std::uint64_t opened = 0;
  std::map<StatusReason, std::uint64_t> ended;  ///< by why
  DurationHistogram expiry_delay;               ///< from the end of one to the moment in which the daemon saw to it
};

/// What callers were refused since the daemon started, what the rate limit keeps out of the audit included.
struct RefusalTotals {
  std::map<std::string, std::uint64_t> by_reason;  ///< the error's code: "Refused", "TooMany"
  std::map<std::string, std::uint64_t> by_field;   ///< the field that the policy does not allow: "endTimeUtc"
  std::uint64_t unrecorded = 0;                    ///< that the audit does not have
};

struct SourceStatus {
  std::string name;
  std::string type;
  std::string state;  ///< "connecting", "ready", "unreachable", "silent"
  std::optional<WallTime> last_sync;
  std::optional<std::string> last_error;
  std::optional<Duration> lag{};  ///< since it was last heard of; not of the local one
};

/// `jitgate status`, as true as the kernel's answer of this moment.
struct StatusReport {
  std::string host;
  std::string mode;                       ///< "enforce", "audit"
  std::string policy_authority = "file";  ///< "file", "api"
  AgentState state = AgentState::degraded;
  bool in_sync = false;
  std::vector<std::string> reasons;  ///< why degraded, why not in sync, warnings
  std::string backend;
  bool owns_table = false;
  std::vector<PortStatus> ports;
  std::size_t active_grants = 0;
  std::size_t waiting_grants = 0;  ///< restored and held back, or starting in the future
  std::uint64_t drift = 0;         ///< foreign changes of our table seen and mended since start
  std::uint64_t denied_packets = 0;
  std::optional<WallTime> trial_ends;
  std::vector<SourceStatus> sources;
  std::map<std::pair<std::string, std::string>, std::uint64_t> events;  ///< since start, by operation and outcome

  // For whoever measures.
  std::vector<DeniedStatus> denied_ports;  ///< every locked port, sorted
  OpeningTotals openings;
  RefusalTotals refusals;
  DurationHistogram reconcile;  ///< firewall transactions, from sending to the kernel's answer
  bool clock_synchronized = true;
  bool store_writable = true;        ///< what happens reaches the audit and the store
  std::optional<bool> audit_intact;  ///< as of the last time that somebody had the audit's chain verified
};

}  // namespace jitgate
