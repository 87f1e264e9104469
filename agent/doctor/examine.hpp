#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/control/status_report.hpp"
#include "agent/doctor/doctor_report.hpp"
#include "agent/model/policy.hpp"
#include "agent/model/result.hpp"
#include "platform/saved_rulesets.hpp"
#include "platform/socket_inventory.hpp"

namespace jitgate::doctor {

/// Everything that the verdict rests on.
struct Evidence {
  Result<SocketReport> sockets;
  const Policy* policy = nullptr;         ///< null: there is no configuration, or an invalid one
  std::optional<Error> config_problem;    ///< there is a configuration, and it is invalid
  std::optional<Error> firewall_problem;  ///< why the kernel's firewall cannot be used at all
  bool dry_run = false;                   ///< enforcement.backend: none
  bool daemon_runs = true;
  StatusReport status;  ///< without a daemon: `mode` and `ports`, as the kernel has them
  bool clock_synchronized = true;
  std::vector<SavedRuleset> saved;
};

/// Pure: the same evidence, the same report.
[[nodiscard]] DoctorReport examine(const Evidence& evidence);

}  // namespace jitgate::doctor
