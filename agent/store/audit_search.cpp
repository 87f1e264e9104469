#include "agent/store/audit_search.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "agent/store/audit_row.hpp"

namespace jitgate {
namespace {

constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kHighest = std::numeric_limits<std::int64_t>::max();

constexpr const char* kSpan = "SELECT coalesce(min(sequence), 0), coalesce(max(sequence), -1) FROM audit";
constexpr const char* kFirstSince = "SELECT min(sequence) FROM audit WHERE at >= ?";
// By sequence, whatever the planner thinks of the times (+at): a slice is to be of a bounded size.
constexpr const char* kConditions =
    " FROM audit WHERE sequence >= ?1 AND sequence < ?2 AND +at >= ?3 AND +at < ?4 AND (?5 IS NULL OR caller = ?5) AND "
    "(?6 IS NULL OR instr(',' || ports || ',', ?6) > 0 OR instr(',' || ports || ',', ?7) > 0)";
constexpr const char* kNewestFirst = " ORDER BY sequence DESC LIMIT ?8";

std::int64_t nanoseconds(WallTime time) {
  return time.time_since_epoch().count();
}

std::int64_t as_sequence(std::uint64_t sequence) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(sequence, kHighest));
}

std::size_t text_bytes(const AuditEvent& event) {
  std::size_t bytes = sizeof event;
  for (const std::string* field : {&event.operation, &event.outcome, &event.caller, &event.peer, &event.grant_id,
                                   &event.resource, &event.justification, &event.reason, &event.ports}) {
    bytes += field->size();
  }
  return bytes;
}

/// As it stands in ",22/TCP,500/*,". Bound values are borrowed: they live as long as the search.
struct PortPatterns {
  explicit PortPatterns(const std::optional<AuditPort>& port) {
    if (!port) return;
    const std::string number = "," + std::to_string(port->number.value()) + "/";
    exact = port->protocol ? number + std::string(to_string(*port->protocol)) + "," : number;
    wider = port->protocol ? number + "*," : number;
  }
  std::string exact;
  std::string wider;
};

void bind_optional(SqliteStatement& statement, int index, bool there, std::string_view text) {
  if (there)
    statement.bind(index, text);
  else
    statement.bind_null(index);
}

void bind_query(SqliteStatement& statement, const AuditQuery& query, const PortPatterns& ports) {
  statement.bind(3, query.since ? nanoseconds(*query.since) : kLowest);
  statement.bind(4, query.until ? nanoseconds(*query.until) : kHighest);
  bind_optional(statement, 5, query.caller.has_value(), query.caller ? std::string_view(*query.caller) : "");
  bind_optional(statement, 6, query.port.has_value(), ports.exact);
  bind_optional(statement, 7, query.port.has_value(), ports.wider);
}

/// True: it is in; false: the page is full without it.
bool take(AuditProgress& progress, AuditEvent event) {
  auto& page = progress.page;
  progress.bytes += text_bytes(event);
  const bool too_many = page.events.size() >= progress.query.limit;
  const bool too_much = !page.events.empty() && progress.bytes > AuditPage::kMaxBytes;
  page.more = too_many || too_much;
  if (!page.more) page.events.push_back(std::move(event));
  return !page.more;
}

AuditPage finish(AuditProgress& progress) {
  std::ranges::reverse(progress.page.events);
  return std::move(progress.page);
}

}  // namespace

Result<AuditSearch> AuditSearch::prepare(SqliteDatabase& database) {
  constexpr const char* reading = "read the audit trail";
  const std::string find_sql = std::string("SELECT ") + kAuditColumns + kConditions;
  auto span = SqliteStatement::prepare(database, kSpan, reading);
  if (!span) return span.error();
  auto first_since = SqliteStatement::prepare(database, kFirstSince, reading);
  if (!first_since) return first_since.error();
  auto find = SqliteStatement::prepare(database, find_sql + kNewestFirst, reading);
  if (!find) return find.error();
  auto of_grant =
      SqliteStatement::prepare(database, find_sql + " AND grant_id = ?9 AND grant_id <> ''" + kNewestFirst, reading);
  if (!of_grant) return of_grant.error();
  return AuditSearch(Statements{std::move(*span), std::move(*first_since), std::move(*find), std::move(*of_grant)});
}

Result<std::optional<std::int64_t>> AuditSearch::first_since(WallTime since) {
  const ResetAtEnd at_end(sql_.first_since);
  auto there = sql_.first_since.bind(1, nanoseconds(since)).step();
  if (!there) return there.error();
  if (!*there || sql_.first_since.is_null(0)) return std::optional<std::int64_t>();
  return std::optional(sql_.first_since.integer(0));
}

Result<void> AuditSearch::begin(AuditProgress& progress) {
  {
    const ResetAtEnd at_end(sql_.span);
    auto there = sql_.span.step();
    if (!there) return there.error();
    progress.lowest = sql_.span.integer(0);
    progress.below = sql_.span.integer(1) + 1;
  }
  const auto& query = progress.query;
  if (query.before) progress.below = std::min(*progress.below, as_sequence(*query.before));
  if (!query.since) return {};
  // Without this bound, a search for the last days would look at the records of years.
  const auto first = first_since(*query.since);
  if (!first) return first.error();
  progress.lowest = *first ? std::max(progress.lowest, **first) : *progress.below;
  return {};
}

Result<bool> AuditSearch::look(AuditProgress& progress, std::int64_t from) {
  const auto& query = progress.query;
  const PortPatterns ports(query.port);
  SqliteStatement& statement = query.grant_id ? sql_.find_of_grant : sql_.find;
  const ResetAtEnd at_end(statement);
  statement.bind(1, from).bind(2, *progress.below);
  bind_query(statement, query, ports);
  // One more than fits tells that there is more.
  const auto left = std::min<std::size_t>(query.limit, kHighest - 1) - progress.page.events.size();
  statement.bind(8, static_cast<std::int64_t>(left) + 1);
  if (query.grant_id) statement.bind(9, *query.grant_id);
  for (;;) {
    auto there = statement.step();
    if (!there) return there.error();
    if (!*there) return false;
    if (!take(progress, read_audit_event(statement))) return true;
  }
}

Result<std::optional<AuditPage>> AuditSearch::step(AuditProgress& progress, std::size_t rows) {
  if (!progress.below) {
    if (auto begun = begin(progress); !begun) return begun.error();
  }
  // Those of one grant have an index.
  const auto slice = progress.query.grant_id ? kHighest : static_cast<std::int64_t>(rows);
  const auto from = *progress.below - progress.lowest > slice ? *progress.below - slice : progress.lowest;
  if (from < *progress.below) {
    const auto full = look(progress, from);
    if (!full) return full.error();
    if (*full) return std::optional(finish(progress));
  }
  progress.below = from;
  if (from > progress.lowest) return std::optional<AuditPage>();
  return std::optional(finish(progress));
}

}  // namespace jitgate
