#include "agent/doctor/proposal.hpp"

#include "agent/doctor/management_port.hpp"

namespace jitgate::doctor {

std::string proposed_port(const TransportPort& port) {
  return "    - number: " + std::to_string(port.number.value()) +
         "\n      protocol: " + (port.transport == Transport::udp ? "UDP" : "TCP") +
         "\n      allowedSourceAddressPrefix: \"*\""
         "\n      maxRequestAccessDuration: PT3H\n";
}

std::string proposed_configuration(const std::vector<ManagementPort>& ports) {
  std::string yaml = "version: 1\npolicy:\n  ports:\n";
  for (const ManagementPort& one : ports) {
    if (is_reachable(one)) yaml += proposed_port(one.port);
  }
  return yaml + "  alwaysAllow: []   # the address of your bastion\n";
}

}  // namespace jitgate::doctor
