#include "agent/store/grant_table.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "agent/store/change_rules.hpp"
#include "agent/store/grant_row.hpp"
#include "agent/store/row_restorer.hpp"

namespace jitgate {
namespace {

constexpr std::int64_t kForgottenAtOnce = 100;

std::int64_t nanoseconds(WallTime time) {
  return time.time_since_epoch().count();
}

constexpr const char* kInsertGrant =
    "INSERT INTO grants (id, digest, document, source, requestor, starts_at, ends_at, request) VALUES (?, ?, ?, ?, ?, "
    "?, ?, ?)";
constexpr const char* kInsertPort = "INSERT INTO grant_ports VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
constexpr const char* kFindId =
    "SELECT digest, EXISTS (SELECT 1 FROM grant_ports WHERE grant_row = row AND status = 'Initiated'), "
    "NOT EXISTS (SELECT 1 FROM grant_ports WHERE grant_row = row AND reason <> 'Expired') "
    "FROM grants WHERE id = ?";
constexpr const char* kFindPort =
    "SELECT p.grant_row, p.status FROM grants g JOIN grant_ports p ON p.grant_row = g.row WHERE g.id = ? AND p.port = "
    "?";
constexpr const char* kUpdatePort =
    "UPDATE grant_ports SET status = ?, reason = ?, boot_id = ?, boot_deadline = ?, ended_at = ?, cut_pending = ? "
    "WHERE grant_row = ? AND port = ?";
// Its row, while nothing is decided on it.
constexpr const char* kFindPending =
    "SELECT g.row, g.request <> '' AND NOT EXISTS (SELECT 1 FROM grant_ports p WHERE p.grant_row = g.row AND p.status "
    "<> 'Initiated'), (SELECT count(*) FROM grant_ports p WHERE p.grant_row = g.row) FROM grants g WHERE g.id = ?";
constexpr const char* kApprove =
    "UPDATE grants SET digest = ?, document = ?, starts_at = ?, ends_at = ?, request = '' WHERE row = ?";
constexpr const char* kForget =
    "DELETE FROM grants WHERE row IN (SELECT g.row FROM grants g WHERE g.ends_at < ? AND NOT EXISTS (SELECT 1 FROM "
    "grant_ports p WHERE p.grant_row = g.row AND (p.status = 'Initiated' OR p.cut_pending = 1)) LIMIT ?)";

// The hour is there to group by. Of the grants of a group, the requestor is that of the latest (sqlite.org/lang_select,
// "bare columns").
constexpr const char* kUse =
    "SELECT json_extract(j.value, '$.number'), json_extract(j.value, '$.protocol'), g.source, count(DISTINCT g.row), "
    "max(g.starts_at), g.requestor, g.starts_at / 3600000000000 AS hour "
    "FROM grants g, json_each(CASE WHEN json_valid(CAST(g.document AS TEXT)) THEN CAST(g.document AS TEXT) ELSE '{}' "
    "END, '$.ports') j WHERE g.starts_at >= ? AND g.request = '' GROUP BY 1, 2, 3, hour";

// As the partial index grant_ports_live has it: SQLite uses the index only where the condition reads the same.
constexpr const char* kLiveRows = "(SELECT grant_row FROM grant_ports WHERE status = 'Initiated' OR cut_pending = 1)";

std::string select_where(const std::string& condition) {
  return std::string("SELECT ") + kGrantColumns +
         " FROM grants g LEFT JOIN grant_ports p ON p.grant_row = g.row WHERE g.row IN " + condition;
}

std::string live_query() {
  return select_where(kLiveRows) + " ORDER BY g.row, p.port";
}

std::string find_query(const std::string& condition) {
  return select_where("(SELECT n.row FROM grants n WHERE " + condition +
                      " AND (?1 OR n.requestor = ?2) ORDER BY n.row DESC LIMIT ?3) ORDER BY g.row DESC, p.port");
}

std::string find_active_query() {
  return find_query(std::string("n.row IN ") + kLiveRows +
                    " AND EXISTS (SELECT 1 FROM grant_ports a WHERE a.grant_row = n.row AND a.status = 'Initiated')");
}

void bind_state(SqliteStatement& statement, int first, const PortState& state) {
  statement.bind(first, to_string(state.status));
  statement.bind(first + 1, to_string(state.reason));
  statement.bind(first + 2, state.boot_id);
  statement.bind(first + 3, state.boot_deadline.time_since_epoch().count());
  if (state.ended_at) {
    statement.bind(first + 4, nanoseconds(*state.ended_at));
  } else {
    statement.bind_null(first + 4);
  }
  statement.bind(first + 5, std::int64_t{state.cut_pending});
}

/// Returns what cannot be read.
Result<std::vector<std::string>> restore(SqliteStatement& statement, const TakeGrants& take) {
  const ResetAtEnd at_end(statement);
  GrantRowReader reader(statement);
  RowRestorer restorer(take);
  for (;;) {
    auto more = reader.next(restorer.rows());
    if (!more) return more.error();
    if (!*more) return restorer.finish();
    restorer.added();
  }
}

}  // namespace

Result<GrantTable> GrantTable::prepare(SqliteDatabase& database) {
  constexpr const char* writing = "write a grant";
  constexpr const char* reading = "read the grants";
  const std::string live_sql = live_query();
  const std::string find_active_sql = find_active_query();
  const std::string find_all_sql = find_query("TRUE");
  auto insert_grant = SqliteStatement::prepare(database, kInsertGrant, writing);
  if (!insert_grant) return insert_grant.error();
  auto insert_port = SqliteStatement::prepare(database, kInsertPort, writing);
  if (!insert_port) return insert_port.error();
  auto find_id = SqliteStatement::prepare(database, kFindId, reading);
  if (!find_id) return find_id.error();
  auto find_port = SqliteStatement::prepare(database, kFindPort, reading);
  if (!find_port) return find_port.error();
  auto update_port = SqliteStatement::prepare(database, kUpdatePort, writing);
  if (!update_port) return update_port.error();
  auto forget = SqliteStatement::prepare(database, kForget, "forget ended grants");
  if (!forget) return forget.error();
  auto live = SqliteStatement::prepare(database, live_sql, reading);
  if (!live) return live.error();
  auto find_active = SqliteStatement::prepare(database, find_active_sql, reading);
  if (!find_active) return find_active.error();
  auto find_all = SqliteStatement::prepare(database, find_all_sql, reading);
  if (!find_all) return find_all.error();
  auto find_pending = SqliteStatement::prepare(database, kFindPending, reading);
  if (!find_pending) return find_pending.error();
  auto approve = SqliteStatement::prepare(database, kApprove, writing);
  if (!approve) return approve.error();
  auto use = SqliteStatement::prepare(database, kUse, reading);
  if (!use) return use.error();
  return GrantTable(Statements{std::move(*insert_grant), std::move(*insert_port), std::move(*find_id),
                               std::move(*find_port), std::move(*update_port), std::move(*forget), std::move(*live),
                               std::move(*find_active), std::move(*find_all), std::move(*find_pending),
                               std::move(*approve), std::move(*use)});
}

Result<void> GrantTable::check_id_is_free(const GrantRecord& record) {
  const ResetAtEnd at_end(sql_.find_id);
  auto taken = sql_.find_id.bind(1, record.grant.id).step();
  if (!taken) return taken.error();
  if (!*taken) return {};
  const bool same_bytes = sql_.find_id.bytes(0) == as_bytes(record.grant.digest);
  return id_taken(record.grant.id, same_bytes, sql_.find_id.integer(1) == 0);
}

Result<void> GrantTable::add_port(std::int64_t grant_row, std::size_t port, const PortState& state) {
  sql_.insert_port.bind(1, grant_row).bind(2, static_cast<std::int64_t>(port));
  bind_state(sql_.insert_port, 3, state);
  return sql_.insert_port.run();
}

Result<void> GrantTable::add(const GrantRecord& record) {
  if (auto sound = check_record(record); !sound) return sound;
  if (auto is_free = check_id_is_free(record); !is_free) return is_free;
  const Grant& grant = record.grant;
  sql_.insert_grant.bind(1, grant.id).bind_blob(2, as_bytes(grant.digest)).bind_blob(3, record.document);
  sql_.insert_grant.bind(4, record.source).bind(5, grant.requestor);
  sql_.insert_grant.bind(6, nanoseconds(grant.start)).bind(7, nanoseconds(latest_end(grant)));
  if (auto inserted = sql_.insert_grant.bind(8, record.request).run(); !inserted) return inserted;
  const std::int64_t row = sql_.insert_grant.last_row();
  for (std::size_t port = 0; port < record.states.size(); ++port) {
    if (auto added = add_port(row, port, record.states[port]); !added) return added;
  }
  return {};
}

Result<void> GrantTable::update(const StateChange& change) {
  std::int64_t grant_row = 0;
  {
    const ResetAtEnd at_end(sql_.find_port);
    auto found = sql_.find_port.bind(1, change.grant_id).bind(2, static_cast<std::int64_t>(change.port)).step();
    if (!found) return found.error();
    if (!*found) return no_such_port(change);
    grant_row = sql_.find_port.integer(0);
    auto before = parse_status(sql_.find_port.bytes(1));
    if (!before) return error(errc::store_failed, "a port's state cannot be read: " + describe(before.error()));
    if (auto allowed = check_transition(*before, change); !allowed) return allowed;
  }
  bind_state(sql_.update_port, 1, change.state);
  sql_.update_port.bind(7, grant_row).bind(8, static_cast<std::int64_t>(change.port));
  return sql_.update_port.run();
}

Result<void> GrantTable::approve(const GrantRecord& record) {
  if (auto sound = check_record(record); !sound) return sound;
  const Grant& grant = record.grant;
  std::int64_t row = 0;
  {
    const ResetAtEnd at_end(sql_.find_pending);
    auto found = sql_.find_pending.bind(1, grant.id).step();
    if (!found) return found.error();
    if (!*found) return not_pending(grant.id, false);
    const bool pending = sql_.find_pending.integer(1) != 0;
    const bool fits = sql_.find_pending.integer(2) == static_cast<std::int64_t>(record.states.size());
    if (!pending || !fits) return not_pending(grant.id, true);
    row = sql_.find_pending.integer(0);
  }
  sql_.approve.bind_blob(1, as_bytes(grant.digest)).bind_blob(2, record.document);
  sql_.approve.bind(3, nanoseconds(grant.start)).bind(4, nanoseconds(latest_end(grant))).bind(5, row);
  if (auto put = sql_.approve.run(); !put) return put;
  for (std::size_t port = 0; port < record.states.size(); ++port) {
    bind_state(sql_.update_port, 1, record.states[port]);
    sql_.update_port.bind(7, row).bind(8, static_cast<std::int64_t>(port));
    if (auto updated = sql_.update_port.run(); !updated) return updated;
  }
  return {};
}

Result<void> GrantTable::forget_ended_before(WallTime horizon) {
  return sql_.forget.bind(1, nanoseconds(horizon)).bind(2, kForgottenAtOnce).run();
}

Result<std::vector<std::string>> GrantTable::live(const TakeGrants& take) {
  return restore(sql_.live, take);
}

Result<std::optional<KnownId::Stored>> GrantTable::known(const std::string& id) {
  using Found = std::optional<KnownId::Stored>;
  const ResetAtEnd at_end(sql_.find_id);
  auto found = sql_.find_id.bind(1, id).step();
  if (!found) return found.error();
  if (!*found) return Found();
  KnownId::Stored stored{{}, sql_.find_id.integer(1) == 0, sql_.find_id.integer(2) != 0};
  const std::string_view digest = sql_.find_id.bytes(0);  // of this length: the schema says so
  std::ranges::copy_n(reinterpret_cast<const std::uint8_t*>(digest.data()), std::ssize(stored.digest.bytes),
                      stored.digest.bytes.begin());
  return Found(stored);
}

Result<std::vector<PortUse>> GrantTable::use_since(WallTime since) {
  const ResetAtEnd at_end(sql_.use);
  sql_.use.bind(1, nanoseconds(since));
  std::vector<PortUse> all;
  for (;;) {
    auto there = sql_.use.step();
    if (!there) return there.error();
    if (!*there) return all;
    const auto number = PortNumber::from(sql_.use.integer(0));
    const auto protocol = parse_protocol(sql_.use.bytes(1));
    if (!number || !protocol) continue;  // of a damaged grant, which load() has named
    all.push_back({*number, *protocol, std::string(sql_.use.bytes(2)), static_cast<std::size_t>(sql_.use.integer(3)),
                   WallTime(Duration(sql_.use.integer(4))), std::string(sql_.use.bytes(5))});
  }
}

Result<std::vector<GrantRecord>> GrantTable::find(const GrantQuery& query) {
  const std::string requestor = query.requestor.value_or("");
  const auto limit = std::min<std::size_t>(query.limit, std::numeric_limits<std::int64_t>::max());
  SqliteStatement& statement = query.include_ended ? sql_.find_all : sql_.find_active;
  statement.bind(1, std::int64_t{!query.requestor}).bind(2, requestor).bind(3, static_cast<std::int64_t>(limit));
  std::vector<GrantRecord> found;
  const auto damaged = restore(
      statement, [&found](std::vector<GrantRecord> portion) { std::ranges::move(portion, std::back_inserter(found)); });
  if (!damaged) return damaged.error();
  return found;
}

}  // namespace jitgate
