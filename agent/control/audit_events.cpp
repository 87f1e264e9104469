#include "agent/control/audit_events.hpp"

#include "agent/model/timestamp.hpp"

namespace jitgate {

const Caller& daemon_caller() {
  static const Caller caller{"jitgated", "", {}};
  return caller;
}

std::string describe_port(const GrantPort& port) {
  return std::to_string(port.number.value()) + "/" + std::string(to_string(port.protocol)) + " from " +
         port.source.to_string() + " until " + to_string(port.end);
}

AuditEvent event(WallTime at, std::string operation, const Caller& caller, std::string resource, std::string reason) {
  AuditEvent made;
  made.at = at;
  made.operation = std::move(operation);
  made.outcome = "Succeeded";
  made.caller = caller.name;
  made.peer = caller.peer;
  made.resource = std::move(resource);
  made.reason = std::move(reason);
  return made;
}

AuditEvent grant_event(WallTime at, std::string operation, const Caller& caller, const Grant& grant) {
  std::string resource;
  for (const auto& port : grant.ports) resource += (resource.empty() ? "" : ", ") + describe_port(port);
  auto made = event(at, std::move(operation), caller, std::move(resource));
  made.grant_id = grant.id;
  made.justification = grant.justification;
  return made;
}

AuditEvent port_event(WallTime at, std::string operation, const Caller& caller, const Grant& grant, std::size_t port,
                      StatusReason reason) {
  auto made = event(at, std::move(operation), caller, describe_port(grant.ports[port]), std::string(to_string(reason)));
  made.grant_id = grant.id;
  return made;
}

AuditEvent refusal_event(WallTime at, std::string operation, const Caller& caller, const Error& why) {
  auto made = event(at, std::move(operation), caller, {}, describe(why));
  made.outcome = "Refused";
  return made;
}

}  // namespace jitgate
