#pragma once

#include <string>

#include "agent/audit/audit_event.hpp"
#include "agent/control/caller.hpp"
#include "agent/model/grant.hpp"

namespace jitgate {

/// The caller that stands in the audit for what the daemon does by itself.
[[nodiscard]] const Caller& daemon_caller();

/// "22/TCP from 203.0.113.7 until 2026-11-21T19:00:00Z".
[[nodiscard]] std::string describe_port(const GrantPort& port);

/// Something happened to a grant ("grant.open", "grant.revoke"): all of its ports.
[[nodiscard]] AuditEvent grant_event(WallTime at, std::string operation, const Caller& caller, const Grant& grant);
/// One port of a grant ended.
[[nodiscard]] AuditEvent port_event(WallTime at, std::string operation, const Caller& caller, const Grant& grant,
                                    std::size_t port, StatusReason reason);
/// Something was refused; every violated rule is in the reason.
[[nodiscard]] AuditEvent refusal_event(WallTime at, std::string operation, const Caller& caller, const Error& why);
/// Anything else: "lock.enable", "policy.change", "firewall.repair".
[[nodiscard]] AuditEvent event(WallTime at, std::string operation, const Caller& caller, std::string resource,
                               std::string reason = {});

}  // namespace jitgate
