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

/// Where the older ones are; whoever follows it keeps the query as it was.
std::string link_to_older(const AuditPage& page) {
  if (!page.more || page.events.empty()) return {};
  return "</v1/audit?before=" + std::to_string(page.events.front().sequence) + ">; rel=\"next\"";
}

HttpReply render(const AuditPage& page, AuditFormat format) {
  const auto& events = page.events;
  HttpReply reply;
  reply.link = link_to_older(page);
  switch (format) {
    case AuditFormat::json_lines:
      reply.content_type = "application/x-ndjson";
      reply.body = audit_json_lines(events);
      break;
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
  const Result<AuditPage> page = co_await agent.audit(std::move(call.query));
  if (!page) co_return error_reply(page.error());
  co_return render(*page, call.format);
}

Answer answer(Agent& agent, Caller, VerifyAudit call) {
  const Result<AuditSpan> verified = co_await agent.verify_audit(call.noted);
  if (!verified) co_return error_reply(verified.error());
  boost::json::object whole{{"verified", verified->records()}, {"first", nullptr}, {"head", nullptr}};
  if (verified->records() > 0) whole["first"] = verified->first;
  if (verified->newest.sequence > 0) whole["head"] = to_string(verified->newest);
  co_return json_reply(whole);
}

}  // namespace jitgate
