// What is looked for in the audit trail.
#include <charconv>
#include <limits>

#include "agent/api/decode_fields.hpp"
#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

constexpr std::size_t kMaxCaller = 256;  // bytes: longer than any name that a caller can have

Result<AuditFormat> parse_format(std::string_view text) {
  if (text == "json") return AuditFormat::json;
  if (text == "jsonl") return AuditFormat::json_lines;
  if (text == "csv") return AuditFormat::csv;
  if (text == "table") return AuditFormat::table;
  return error(errc::invalid_argument, "expected json, jsonl, csv or table");
}

Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size() || number == 0 || number > most)
    return error(errc::invalid_argument, "expected 1 to " + std::to_string(most));
  return number;
}

Result<std::size_t> parse_limit(std::string_view text) {
  return parse_number(text, AuditQuery{}.limit);
}

Result<std::uint64_t> parse_sequence(std::string_view text) {
  return parse_number(text, std::numeric_limits<std::int64_t>::max());
}

Result<std::string> parse_caller(std::string_view text) {
  if (text.empty() || text.size() > kMaxCaller)
    return error(errc::invalid_argument, "expected the name of a caller, at most 256 bytes");
  return std::string(text);
}

/// "22", "22/TCP" or "22/*".
Result<AuditPort> parse_audit_port(std::string_view text) {
  const std::size_t slash = text.find('/');
  const Result<PortNumber> number = PortNumber::parse(text.substr(0, slash));
  if (!number) return number.error();
  if (slash == std::string_view::npos) return AuditPort{*number};
  const Result<Protocol> protocol = parse_protocol(text.substr(slash + 1));
  if (!protocol) return protocol.error();
  return AuditPort{*number, *protocol};
}

/// Leaves `value` alone where the parameter is absent.
template <class T, class Value>
Result<void> read(const CallInput& input, const std::string& name, Result<T> (*parse)(std::string_view), Value& value) {
  const auto found = input.query.find(name);
  if (found == input.query.end()) return {};
  Result<T> parsed = parse(found->second);
  if (!parsed) return error(errc::invalid_argument, parsed.error().message, name);
  value = std::move(*parsed);
  return {};
}

Result<void> read_times(const CallInput& input, AuditQuery& query) {
  if (auto since = read(input, "since", parse_timestamp, query.since); !since) return since;
  if (auto until = read(input, "until", parse_timestamp, query.until); !until) return until;
  if (query.since && query.until && *query.until <= *query.since)
    return error(errc::invalid_argument, "is not after `since`: nothing can lie between", "until");
  return {};
}

}  // namespace

Result<ApiCall> decode_get_audit(const CallInput& input) {
  const Result<void> known =
      expect_query(input, {"since", "until", "user", "port", "grant", "before", "limit", "format"});
  if (!known) return known.error();
  if (const Result<void> body = expect_no_body(input); !body) return body.error();
  GetAudit call;
  AuditQuery& query = call.query;
  if (auto times = read_times(input, query); !times) return times.error();
  if (auto user = read(input, "user", parse_caller, query.caller); !user) return user.error();
  if (auto port = read(input, "port", parse_audit_port, query.port); !port) return port.error();
  if (auto grant = read(input, "grant", grant_id, query.grant_id); !grant) return grant.error();
  if (auto before = read(input, "before", parse_sequence, query.before); !before) return before.error();
  if (auto limit = read(input, "limit", parse_limit, query.limit); !limit) return limit.error();
  if (auto format = read(input, "format", parse_format, call.format); !format) return format.error();
  return ApiCall(std::move(call));
}

}  // namespace jitgate
