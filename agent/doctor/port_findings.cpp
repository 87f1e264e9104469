#include <algorithm>

#include "agent/doctor/findings.hpp"
#include "agent/doctor/management_port.hpp"
#include "agent/doctor/proposal.hpp"

namespace jitgate::doctor {
namespace {

const PortStatus* status_of(const TransportPort& port, const StatusReport& status) {
  const auto covers = [&](const PortStatus& one) {
    return one.number == port.number &&
           std::ranges::find(transports(one.protocol), port.transport) != transports(one.protocol).end();
  };
  const auto found = std::ranges::find_if(status.ports, covers);
  return found == status.ports.end() ? nullptr : &*found;
}

/// What others leave open on this port without anybody having said that it is meant so.
std::vector<std::string> open_by(const TransportPort& port, const StatusReport& status) {
  std::vector<std::string> rules;
  const PortStatus* held = status_of(port, status);
  if (held == nullptr) return rules;
  for (const ExposureStatus& exposure : held->exposures) {
    if (exposure.transport == port.transport && !exposure.acknowledged) rules.push_back(exposure.by);
  }
  return rules;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

/// "22/tcp (sshd) listens on 0.0.0.0, ::"
std::string described(const ManagementPort& port) {
  const std::string holders = port.processes.empty() ? "" : " (" + joined(port.processes) + ")";
  return to_string(port.port) + holders + " listens on " + joined(port.addresses);
}

Finding unlocked(const ManagementPort& port, const Evidence& evidence) {
  if (evidence.policy == nullptr) {
    return {"port.unlocked", Severity::unhealthy, described(port) + " and is not locked",
            evidence.config_problem
                ? "mend the configuration: jitgated --check-config"
                : "write the proposed /etc/jitgate/jitgate.yaml, then: systemctl enable --now jitgated"};
  }
  if (!std::ranges::binary_search(evidence.policy->locked_ports(), port.port)) {
    const bool by_api = evidence.status.policy_authority == "api";
    return {"port.notInPolicy", Severity::unhealthy, described(port) + " and the policy does not name it",
            (by_api ? "put in a file with the other ports of the policy, below ports:, then: jitgate policy set FILE\n"
                    : "add to policy.ports, then: systemctl reload jitgated\n") +
                proposed_port(port.port)};
  }
  std::string remedy = evidence.daemon_runs ? "jitgate enable" : "systemctl start jitgated";
  if (evidence.dry_run) remedy = "enforcement:\n  backend: nftables\n";
  return {"port.unlocked", Severity::unhealthy, described(port) + " and the policy's lock does not stand",
          std::move(remedy)};
}

Finding exposed(const ManagementPort& port, const Evidence& evidence) {
  return {"port.exposed", Severity::unhealthy,
          described(port) + " and rules of others let packets in: " + joined(open_by(port.port, evidence.status)),
          "take the accepting rule away, or where it is meant so: jitgate acknowledge --port " + to_string(port.port)};
}

Finding audited(const ManagementPort& port) {
  return {"port.audited", Severity::unhealthy, described(port) + " and mode audit denies nothing", "mode: enforce\n"};
}

}  // namespace

Protection protection_of(const TransportPort& port, const Evidence& evidence) {
  const PortStatus* status = status_of(port, evidence.status);
  if (status == nullptr || !status->locked || evidence.dry_run) return Protection::unlocked;
  if (evidence.status.mode == "audit") return Protection::audited;
  return open_by(port, evidence.status).empty() ? Protection::locked : Protection::exposed;
}

void add_port_findings(const ManagementPort& port, const Evidence& evidence, Findings& findings) {
  switch (port.protection) {
    case Protection::locked:
    case Protection::unreachable:
      return;
    case Protection::exposed:
      return findings.push_back(exposed(port, evidence));
    case Protection::audited:
      return findings.push_back(audited(port));
    case Protection::unlocked:
      return findings.push_back(unlocked(port, evidence));
  }
}

}  // namespace jitgate::doctor
