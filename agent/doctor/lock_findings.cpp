#include <algorithm>

#include "agent/doctor/findings.hpp"
#include "agent/doctor/management_port.hpp"
#include "agent/doctor/proposal.hpp"
#include "agent/model/duration.hpp"

namespace jitgate::doctor {
namespace {

/// A request from anywhere may last a working day; beyond that the port is open more than it is locked.
constexpr Duration kLongFromAnywhere = std::chrono::hours(12);

bool is_weak(const PolicyPort& port) {
  const auto is_any = [](const AddressPrefix& source) { return source.length() == 0; };
  return port.max_duration > kLongFromAnywhere && std::ranges::any_of(port.allowed_sources, is_any);
}

Finding weak(const PolicyPort& port) {
  const std::string name = std::to_string(port.number.value()) + "/" + std::string(to_string(port.protocol));
  return {"policy.weak", Severity::warning,
          "the policy lets any source ask for " + name + " for " + to_iso_duration(port.max_duration) + ", more than " +
              to_iso_duration(kLongFromAnywhere),
          "maxRequestAccessDuration: PT3H   # or name the networks in allowedSourceAddressPrefixes\n"};
}

/// Where there is no daemon its state is not known, and that it is missing is a finding of its own.
void add_state_findings(const Evidence& evidence, Findings& findings) {
  if (!evidence.daemon_runs) {
    findings.push_back({"daemon.notRunning", Severity::warning,
                        "jitgated does not run: nothing can be requested, and nobody mends the locks",
                        "systemctl enable --now jitgated"});
    return;
  }
  if (evidence.status.state == AgentState::disabled && !evidence.dry_run) {
    findings.push_back({"locks.disabled", Severity::warning, "the locks are disabled", "jitgate enable"});
  }
  if (evidence.status.state == AgentState::degraded) {
    std::string reasons;
    for (const std::string& reason : evidence.status.reasons) reasons += (reasons.empty() ? "" : "; ") + reason;
    findings.push_back({"locks.degraded", Severity::unhealthy, "jitgated is degraded: " + reasons,
                        "journalctl -u jitgated   # mend the cause; jitgated tries again by itself"});
  }
}

void add_source_findings(const StatusReport& status, Findings& findings) {
  for (const SourceStatus& source : status.sources) {
    if (source.state == "ready") continue;
    const std::string why = source.last_error ? ": " + *source.last_error : "";
    findings.push_back({"source.notReady", Severity::warning,
                        "the grant source " + source.name + " is " + source.state + why, "jitgate status"});
  }
}

}  // namespace

void add_configuration_findings(const std::vector<ManagementPort>& ports, const Evidence& evidence,
                                Findings& findings) {
  if (evidence.config_problem) {
    findings.push_back({"config.invalid", Severity::unhealthy,
                        "the configuration is invalid: " + describe(*evidence.config_problem),
                        "jitgated --check-config"});
  } else if (evidence.policy == nullptr && std::ranges::any_of(ports, is_reachable)) {
    findings.push_back({"config.missing", Severity::warning, "there is no configuration; this one locks what listens",
                        proposed_configuration(ports)});
  }
  if (evidence.policy == nullptr) return;
  for (const PolicyPort& port : evidence.policy->ports) {
    if (is_weak(port)) findings.push_back(weak(port));
  }
}

void add_lock_findings(const Evidence& evidence, Findings& findings) {
  if (evidence.firewall_problem) {
    findings.push_back({"firewall.unavailable", Severity::unhealthy,
                        "the kernel's firewall cannot be used: " + describe(*evidence.firewall_problem),
                        "as root, on a kernel with nf_tables: modprobe nf_tables"});
  }
  if (evidence.policy == nullptr) return;
  if (evidence.dry_run) {
    findings.push_back({"firewall.notEnforced", Severity::unhealthy,
                        "the configuration asks for a dry run: no packet is judged",
                        "enforcement:\n  backend: nftables\n"});
  }
  if (evidence.status.mode == "audit") {
    findings.push_back(
        {"locks.audit", Severity::warning, "mode audit: what would be denied is only counted", "mode: enforce\n"});
  }
  add_state_findings(evidence, findings);
  add_source_findings(evidence.status, findings);
}

}  // namespace jitgate::doctor
