#pragma once

#include <string>

#include "agent/audit/audit_event.hpp"
#include "agent/control/access_request.hpp"
#include "agent/control/caller.hpp"
#include "agent/model/grant.hpp"

namespace jitgate {

/// The caller that stands in the audit for what the daemon does by itself.
[[nodiscard]] const Caller& daemon_caller();

/// "22/TCP from 203.0.113.7 until 2026-11-21T19:00:00Z".
[[nodiscard]] std::string describe_port(const GrantPort& port);

/// What a call was about, as far as it is known.
struct Matter {
  std::string grant_id{};
  std::string resource{};
  std::string ports{};
  std::string justification{};
};
[[nodiscard]] Matter about_grant(std::string id);
[[nodiscard]] Matter about(const Grant& grant);
[[nodiscard]] Matter about(const Grant& grant, std::size_t port);
[[nodiscard]] Matter about(const AccessRequest& request);
[[nodiscard]] Matter about(PortNumber number, Protocol protocol);

/// Something happened to a grant ("grant.open", "grant.revoke"): all of its ports. The reason is whose grant it is,
/// where that is not the caller.
[[nodiscard]] AuditEvent grant_event(WallTime at, std::string operation, const Caller& caller, const Grant& grant);
/// One port of a grant ended.
[[nodiscard]] AuditEvent port_event(WallTime at, std::string operation, const Caller& caller, const Grant& grant,
                                    std::size_t port, StatusReason reason);
/// Something was refused; every violated rule is in the reason.
[[nodiscard]] AuditEvent refusal_event(WallTime at, std::string operation, const Caller& caller, const Error& why,
                                       Matter matter = {});
/// Anything else: "lock.enable", "policy.change", "firewall.repair".
[[nodiscard]] AuditEvent event(WallTime at, std::string operation, const Caller& caller, std::string resource,
                               std::string reason = {});
[[nodiscard]] AuditEvent event(WallTime at, std::string operation, const Caller& caller, Matter matter,
                               std::string reason = {});

}  // namespace jitgate
