#include <algorithm>
#include <boost/json/object.hpp>

#include "agent/api/error_reply.hpp"
#include "agent/api/resource.hpp"
#include "agent/audit/audit_format.hpp"

namespace jitgate {
namespace {

/// A line never holds a raw line feed (JSON escapes it), so the separators are exactly the line feeds.
std::string as_json_array(std::string lines) {
  if (!lines.empty() && lines.back() == '\n') lines.pop_back();
  std::ranges::replace(lines, '\n', ',');
  return "[" + std::move(lines) + "]";
}

HttpReply render(const std::vector<AuditEvent>& events, AuditFormat format) {
  HttpReply reply;
  switch (format) {
    case AuditFormat::json:
      reply.body = as_json_array(audit_json_lines(events));
      break;
    case AuditFormat::csv:
      reply.content_type = "text/csv; charset=utf-8";
      reply.body = audit_csv(events);
      break;
    case AuditFormat::table:
      reply.content_type = "text/plain; charset=utf-8";
      reply.body = audit_table_text(events);
      break;
  }
  return reply;
}

}  // namespace

Answer answer(Agent& agent, Caller, GetAudit call) {
  const Result<std::vector<AuditEvent>> events = co_await agent.audit(std::move(call.query));
  if (!events) co_return error_reply(events.error());
  co_return render(*events, call.format);
}

Answer answer(Agent& agent, Caller, VerifyAudit call) {
  const Result<std::uint64_t> verified = co_await agent.verify_audit(call.noted);
  if (!verified) co_return error_reply(verified.error());
  co_return json_reply(boost::json::object{{"verified", *verified}});
}

}  // namespace jitgate
