#pragma once

#include <string>
#include <vector>

#include "agent/audit/audit_event.hpp"

namespace jitgate {

// The audit trail as text. Times are RFC 3339 UTC. Events come out in the order given.

/// For people on a terminal: aligned columns under a heading; what a terminal would obey is escaped. One line an event.
[[nodiscard]] std::string audit_table_text(const std::vector<AuditEvent>& events);

/// RFC 4180 (CRLF, quotes doubled) with a header line. The columns begin with those of Azure's Activity Log: time,
/// operationName, status, caller, resource, justification; then reason, peer, grantId, ports, generation, sequence. A
/// field that a spreadsheet would take for a formula (it begins with = + - @, a tab or a line break, spaces before it
/// or not) gets an apostrophe in front. Terminal control characters are escaped.
[[nodiscard]] std::string audit_csv(const std::vector<AuditEvent>& events);

/// JSON lines: one object an event, every field always there: sequence, time, operation, outcome, caller, peer,
/// grantId, resource, justification, reason, ports ("22/TCP,500/*"), generation (null where it is not known).
[[nodiscard]] std::string audit_json_lines(const std::vector<AuditEvent>& events);

}  // namespace jitgate
