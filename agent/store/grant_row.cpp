#include "agent/store/grant_row.hpp"

#include "agent/model/grant_document.hpp"
#include "agent/store/change_rules.hpp"

namespace jitgate {
namespace {

enum Column {
  row,
  id,
  digest,
  document,
  source,
  requestor,
  starts_at,
  ends_at,
  port,
  status,
  reason,
  boot_id,
  boot_deadline,
  ended_at,
  cut_pending
};

GrantRow read_grant(const SqliteStatement& statement) {
  GrantRow grant;
  grant.row = statement.integer(Column::row);
  grant.id = statement.bytes(Column::id);
  grant.digest = statement.bytes(Column::digest);
  grant.document = statement.bytes(Column::document);
  grant.source = statement.bytes(Column::source);
  grant.requestor = statement.bytes(Column::requestor);
  grant.starts_at = statement.integer(Column::starts_at);
  grant.ends_at = statement.integer(Column::ends_at);
  return grant;
}

GrantRow::Port read_port(const SqliteStatement& statement) {
  GrantRow::Port read;
  read.port = statement.integer(Column::port);
  read.status = statement.bytes(Column::status);
  read.reason = statement.bytes(Column::reason);
  read.rest.boot_id = statement.bytes(Column::boot_id);
  read.rest.boot_deadline = BootTime(Duration(statement.integer(Column::boot_deadline)));
  if (!statement.is_null(Column::ended_at))
    read.rest.ended_at = WallTime(Duration(statement.integer(Column::ended_at)));
  read.rest.cut_pending = statement.integer(Column::cut_pending) != 0;
  return read;
}

Error disagreement(std::string what) {
  return error(errc::store_failed, std::move(what));
}

Result<PortState> restore_state(const GrantRow::Port& port) {
  auto status = parse_status(port.status);
  if (!status) return status.error();
  auto reason = parse_status_reason(port.reason);
  if (!reason) return reason.error();
  PortState state = port.rest;
  state.status = *status;
  state.reason = *reason;
  return state;
}

Result<void> check_columns(const GrantRow& stored, const Grant& grant) {
  if (stored.id != grant.id) return disagreement("the document has another id (\"" + grant.id + "\")");
  if (stored.digest != as_bytes(grant.digest))
    return disagreement("the document is not the one that was stored (digest)");
  if (stored.requestor != grant.requestor) return disagreement("the document names another requestor");
  if (stored.starts_at != grant.start.time_since_epoch().count()) return disagreement("the document has another start");
  if (stored.ends_at != latest_end(grant).time_since_epoch().count())
    return disagreement("the document has another end");
  if (stored.ports.size() != grant.ports.size()) return disagreement("the states do not match the document's ports");
  return {};
}

}  // namespace

Result<std::vector<GrantRow>> read_grant_rows(SqliteStatement& statement) {
  std::vector<GrantRow> rows;
  for (;;) {
    auto more = statement.step();
    if (!more) return more.error();
    if (!*more) return rows;
    if (rows.empty() || rows.back().row != statement.integer(Column::row)) rows.push_back(read_grant(statement));
    if (!statement.is_null(Column::port)) rows.back().ports.push_back(read_port(statement));
  }
}

Result<GrantRecord> restore_record(const GrantRow& stored) {
  auto grant = parse_grant_document(stored.document);
  if (!grant) return disagreement("the document cannot be read: " + describe(grant.error()));
  if (auto same = check_columns(stored, *grant); !same) return same.error();
  GrantRecord record{std::move(*grant), stored.document, stored.source, {}};
  for (const GrantRow::Port& port : stored.ports) {
    if (port.port != static_cast<std::int64_t>(record.states.size())) return disagreement("a port's state is missing");
    auto state = restore_state(port);
    if (!state) return disagreement("a port's state cannot be read: " + describe(state.error()));
    record.states.push_back(std::move(*state));
  }
  return record;
}

}  // namespace jitgate
