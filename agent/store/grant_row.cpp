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

Error disagreement(std::string what) {
  return error(errc::store_failed, std::move(what));
}

Result<PortState> restore_state(const GrantRows& rows, const GrantRows::Port& port) {
  const auto status = parse_status(rows.text(port.status));
  if (!status) return status.error();
  const auto reason = parse_status_reason(rows.text(port.reason));
  if (!reason) return reason.error();
  return PortState{*status,       *reason,         std::string(rows.text(port.boot_id)), port.boot_deadline,
                   port.ended_at, port.cut_pending};
}

Result<void> check_columns(const GrantRows& rows, const GrantRows::Row& stored, const Grant& grant) {
  if (rows.text(stored.id) != grant.id) return disagreement("the document has another id (\"" + grant.id + "\")");
  if (rows.text(stored.digest) != as_bytes(grant.digest))
    return disagreement("the document is not the one that was stored (digest)");
  if (rows.text(stored.requestor) != grant.requestor) return disagreement("the document names another requestor");
  if (stored.starts_at != grant.start.time_since_epoch().count()) return disagreement("the document has another start");
  if (stored.ends_at != latest_end(grant).time_since_epoch().count())
    return disagreement("the document has another end");
  if (stored.port_count != grant.ports.size()) return disagreement("the states do not match the document's ports");
  return {};
}

}  // namespace

GrantRows::Text GrantRows::keep(std::string_view text) {
  const std::size_t begin = bytes_.size();
  bytes_ += text;
  return {begin, text.size()};
}

void GrantRows::add_row(const SqliteStatement& statement) {
  rows_.push_back({statement.integer(Column::row), keep(statement.bytes(Column::id)),
                   keep(statement.bytes(Column::digest)), keep(statement.bytes(Column::document)),
                   keep(statement.bytes(Column::source)), keep(statement.bytes(Column::requestor)),
                   statement.integer(Column::starts_at), statement.integer(Column::ends_at),
                   keep(statement.bytes(Column::request)), ports_.size(), 0});
}

void GrantRows::add_port(const SqliteStatement& statement) {
  std::optional<WallTime> ended_at;
  if (!statement.is_null(Column::ended_at)) ended_at = WallTime(Duration(statement.integer(Column::ended_at)));
  ports_.push_back({statement.integer(Column::port), keep(statement.bytes(Column::status)),
                    keep(statement.bytes(Column::reason)), keep(statement.bytes(Column::boot_id)),
                    BootTime(Duration(statement.integer(Column::boot_deadline))), ended_at,
                    statement.integer(Column::cut_pending) != 0});
  ++rows_.back().port_count;
}

void GrantRows::clear() {
  rows_.clear();
  ports_.clear();
  bytes_.clear();
}

Result<bool> GrantRowReader::next(GrantRows& rows) {
  if (!std::exchange(begun_, true)) {
    auto first = statement_.step();
    if (!first) return first.error();
    on_row_ = *first;
  }
  if (!on_row_) return false;
  rows.add_row(statement_);
  do {
    if (!statement_.is_null(Column::port)) rows.add_port(statement_);
    auto more = statement_.step();
    if (!more) return more.error();
    on_row_ = *more;
  } while (on_row_ && statement_.integer(Column::row) == rows.rows().back().row);
  return true;
}

Result<GrantRecord> restore_record(const GrantRows& rows, const GrantRows::Row& stored) {
  const std::string_view document = rows.text(stored.document);
  auto grant = parse_grant_document(document);
  if (!grant) return disagreement("the document cannot be read: " + describe(grant.error()));
  if (auto same = check_columns(rows, stored, *grant); !same) return same.error();
  GrantRecord record{std::move(*grant),
                     std::string(document),
                     std::string(rows.text(stored.source)),
                     {},
                     std::string(rows.text(stored.request))};
  record.states.reserve(stored.port_count);
  for (const GrantRows::Port& port : rows.ports(stored)) {
    if (port.port != static_cast<std::int64_t>(record.states.size())) return disagreement("a port's state is missing");
    auto state = restore_state(rows, port);
    if (!state) return disagreement("a port's state cannot be read: " + describe(state.error()));
    record.states.push_back(std::move(*state));
  }
  return record;
}

}  // namespace jitgate
