#pragma once

#include <string>
#include <vector>

#include "agent/doctor/doctor_report.hpp"

namespace jitgate::doctor {

/// The entry of policy.ports for this port, as YAML lines: requests from anywhere, for three hours at most.
[[nodiscard]] std::string proposed_port(const TransportPort& port);

/// A whole jitgate.yaml that locks those of these ports that can be reached.
[[nodiscard]] std::string proposed_configuration(const std::vector<ManagementPort>& ports);

}  // namespace jitgate::doctor
