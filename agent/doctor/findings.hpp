#pragma once

#include <vector>

#include "agent/doctor/examine.hpp"

namespace jitgate::doctor {

using Findings = std::vector<Finding>;

/// What the kernel's locks are to this port, by the status.
[[nodiscard]] Protection protection_of(const TransportPort& port, const Evidence& evidence);

/// A port that is not protected, and what to do about it.
void add_port_findings(const ManagementPort& port, const Evidence& evidence, Findings& findings);
/// No configuration, an invalid one, or a policy that is too wide to be one.
void add_configuration_findings(const std::vector<ManagementPort>& ports, const Evidence& evidence, Findings& findings);
/// Locks that are off, degraded, or judge nothing.
void add_lock_findings(const Evidence& evidence, Findings& findings);
/// The machine around: clock, saved rulesets, what could not be seen.
void add_host_findings(const Evidence& evidence, Findings& findings);

}  // namespace jitgate::doctor
