#include "agent/doctor/examine.hpp"

#include <algorithm>

#include "agent/doctor/findings.hpp"
#include "agent/doctor/management_port.hpp"

namespace jitgate::doctor {
namespace {

Verdict judge(const Evidence& evidence, const DoctorReport& report) {
  // What cannot be seen cannot be called healthy, nor not applicable.
  if (!evidence.sockets) return Verdict::unhealthy;
  if (std::ranges::none_of(report.ports, is_reachable)) return Verdict::not_applicable;
  const auto is_unhealthy = [](const Finding& finding) { return finding.severity == Severity::unhealthy; };
  return std::ranges::any_of(report.findings, is_unhealthy) ? Verdict::unhealthy : Verdict::healthy;
}

}  // namespace

DoctorReport examine(const Evidence& evidence) {
  DoctorReport report;
  if (evidence.sockets) report.ports = management_ports(evidence.sockets->sockets, evidence.policy);
  for (ManagementPort& port : report.ports) {
    if (!is_reachable(port)) continue;
    port.protection = protection_of(port.port, evidence);
    add_port_findings(port, evidence, report.findings);
  }
  add_configuration_findings(report.ports, evidence, report.findings);
  add_lock_findings(evidence, report.findings);
  add_host_findings(evidence, report.findings);
  std::ranges::stable_sort(report.findings, {}, &Finding::severity);
  report.verdict = judge(evidence, report);
  return report;
}

}  // namespace jitgate::doctor
