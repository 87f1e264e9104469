#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "agent/doctor/doctor_report.hpp"
#include "agent/model/policy.hpp"
#include "platform/socket_inventory.hpp"

namespace jitgate::doctor {

/// SSH, RDP, WinRM over HTTP and HTTPS: the ports that the field's recommendation looks at.
[[nodiscard]] std::span<const std::uint16_t> recommended_ports();

/// By its number (SSH, RDP, WinRM), or because an SSH or RDP server holds it.
[[nodiscard]] bool is_management(const ListeningSocket& socket);

/// The management ports, and those of the policy, that something listens on: one entry a port, sorted. Those that
/// listen for this host alone are Protection::unreachable; of the others only what listens for others is told.
[[nodiscard]] std::vector<ManagementPort> management_ports(const std::vector<ListeningSocket>& sockets,
                                                           const Policy* policy);

/// Listens for others than this host.
[[nodiscard]] inline bool is_reachable(const ManagementPort& port) {
  return port.protection != Protection::unreachable;
}

/// "22/tcp"
[[nodiscard]] std::string to_string(const TransportPort& port);

}  // namespace jitgate::doctor
