#include "agent/store/grant_row.hpp"

#include <utility>

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
  request,
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
  grant.request = statement.bytes(Column::request);
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

Result<PortState> restore_state(GrantRow::Port port) {
  auto status = parse_status(port.status);
  if (!status) return status.error();
  auto reason = parse_status_reason(port.reason);
  if (!reason) return reason.error();
  PortState state = std::move(port.rest);
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

Result<std::optional<GrantRow>> GrantRowReader::next() {
  if (!std::exchange(begun_, true)) {
    auto first = statement_.step();
    if (!first) return first.error();
    on_row_ = *first;
  }
  if (!on_row_) return std::optional<GrantRow>();
  GrantRow grant = read_grant(statement_);
  do {
    if (!statement_.is_null(Column::port)) grant.ports.push_back(read_port(statement_));
    auto more = statement_.step();
    if (!more) return more.error();
    on_row_ = *more;
  } while (on_row_ && statement_.integer(Column::row) == grant.row);
  return std::optional(std::move(grant));
}

Result<GrantRecord> restore_record(GrantRow stored) {
  auto grant = parse_grant_document(stored.document);
  if (!grant) return disagreement("the document cannot be read: " + describe(grant.error()));
  if (auto same = check_columns(stored, *grant); !same) return same.error();
  GrantRecord record{
      std::move(*grant), std::move(stored.document), std::move(stored.source), {}, std::move(stored.request)};
  record.states.reserve(stored.ports.size());
  for (GrantRow::Port& port : stored.ports) {
    if (port.port != static_cast<std::int64_t>(record.states.size())) return disagreement("a port's state is missing");
    auto state = restore_state(std::move(port));
    if (!state) return disagreement("a port's state cannot be read: " + describe(state.error()));
    record.states.push_back(std::move(*state));
  }
  return record;
}

}  // namespace jitgate
