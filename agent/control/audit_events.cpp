#include "agent/control/audit_events.hpp"

#include <set>
#include <utility>

#include "agent/model/duration.hpp"
#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

/// Of one field: what a request can make of it is bounded, so that the size of the trail is.
constexpr std::size_t kMaxField = 4096;

std::string bounded(std::string text) {
  if (text.size() <= kMaxField) return text;
  std::size_t kept = kMaxField;
  while (kept > 0 && (static_cast<unsigned char>(text[kept]) & 0xc0) == 0x80) --kept;  // no character is cut in two
  const std::size_t left_out = text.size() - kept;
  text.resize(kept);
  return text + " ... and " + std::to_string(left_out) + " bytes more";
}

/// Adds to a list that names each port once.
class PortList {
 public:
  void add(PortNumber number, std::string_view protocol) {
    const std::string port = std::to_string(number.value()) + "/" + std::string(protocol);
    if (seen_.insert(port).second) text_ += (text_.empty() ? "" : ",") + port;
  }
  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  std::set<std::string> seen_;
  std::string text_;
};

std::string describe_request(const PortRequest& port) {
  std::string text = std::to_string(port.number.value());
  if (port.protocol) text += "/" + std::string(to_string(*port.protocol));
  for (const auto& source : port.sources)
    text += (&source == port.sources.data() ? " from " : " and ") + source.to_string();
  if (const auto* length = std::get_if<Duration>(&port.until)) return text + " for " + to_iso_duration(*length);
  return text + " until " + to_string(std::get<WallTime>(port.until));
}

}  // namespace

const Caller& daemon_caller() {
  static const Caller caller{"jitgated", "", {}};
  return caller;
}

std::string describe_port(const GrantPort& port) {
  return std::to_string(port.number.value()) + "/" + std::string(to_string(port.protocol)) + " from " +
         port.source.to_string() + " until " + to_string(port.end);
}

Matter about_grant(std::string id) {
  return {.grant_id = std::move(id)};
}

Matter about(const Grant& grant) {
  Matter matter{grant.id, {}, {}, grant.justification};
  PortList ports;
  for (const auto& port : grant.ports) {
    matter.resource += (matter.resource.empty() ? "" : ", ") + describe_port(port);
    ports.add(port.number, to_string(port.protocol));
  }
  matter.ports = std::move(ports).text();
  return matter;
}

Matter about(const Grant& grant, std::size_t port) {
  auto matter = about(grant.ports[port].number, grant.ports[port].protocol);
  matter.grant_id = grant.id;
  matter.resource = describe_port(grant.ports[port]);
  matter.justification = grant.justification;
  return matter;
}

Matter about(const AccessRequest& request) {
  Matter matter;
  matter.justification = request.justification;
  PortList ports;
  for (const auto& port : request.ports) {
    matter.resource += (matter.resource.empty() ? "" : ", ") + describe_request(port);
    // Without one it is the policy's, whichever that is.
    ports.add(port.number, port.protocol ? to_string(*port.protocol) : "*");
  }
  matter.ports = std::move(ports).text();
  return matter;
}

Matter about(PortNumber number, Protocol protocol) {
  const std::string port = std::to_string(number.value()) + "/" + std::string(to_string(protocol));
  return {.resource = port, .ports = port};
}

AuditEvent event(WallTime at, std::string operation, const Caller& caller, Matter matter, std::string reason) {
  AuditEvent made;
  made.at = at;
  made.operation = std::move(operation);
  made.outcome = "Succeeded";
  made.caller = caller.name;
  made.peer = caller.peer;
  made.grant_id = std::move(matter.grant_id);
  made.resource = bounded(std::move(matter.resource));
  made.ports = bounded(std::move(matter.ports));
  made.justification = std::move(matter.justification);
  made.reason = bounded(std::move(reason));
  return made;
}

AuditEvent event(WallTime at, std::string operation, const Caller& caller, std::string resource, std::string reason) {
  return event(at, std::move(operation), caller, Matter{.resource = std::move(resource)}, std::move(reason));
}

AuditEvent grant_event(WallTime at, std::string operation, const Caller& caller, const Grant& grant) {
  const std::string whose = caller.name == grant.requestor ? "" : "requested by " + grant.requestor;
  return event(at, std::move(operation), caller, about(grant), whose);
}

AuditEvent port_event(WallTime at, std::string operation, const Caller& caller, const Grant& grant, std::size_t port,
                      StatusReason reason) {
  return event(at, std::move(operation), caller, about(grant, port), std::string(to_string(reason)));
}

AuditEvent refusal_event(WallTime at, std::string operation, const Caller& caller, const Error& why, Matter matter) {
  auto made = event(at, std::move(operation), caller, std::move(matter), describe(why));
  made.outcome = "Refused";
  return made;
}

}  // namespace jitgate
