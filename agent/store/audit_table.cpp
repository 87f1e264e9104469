#include "agent/store/audit_table.hpp"

#include <algorithm>
#include <string>

#include "agent/store/grant_row.hpp"

namespace jitgate {
namespace {

constexpr const char* kInsert = "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr const char* kHead = "SELECT sequence, hash FROM audit_head WHERE one = 1";
constexpr const char* kSetHead = "UPDATE audit_head SET sequence = ?, hash = ? WHERE one = 1";
constexpr const char* kFirstSince = "SELECT min(sequence) FROM audit WHERE at >= ?";
// Without the bound on the sequence, a search for the last days would read the records of years.
constexpr const char* kFind = "SELECT * FROM audit WHERE sequence >= ?1 AND at >= ?2 ORDER BY sequence DESC LIMIT ?3";
constexpr const char* kFindOfGrant =
    "SELECT * FROM audit WHERE sequence >= ?1 AND at >= ?2 AND grant_id = ?4 AND grant_id <> '' ORDER BY sequence DESC "
    "LIMIT ?3";
constexpr const char* kNext = "SELECT * FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?";

constexpr int kHashColumn = 10;

AuditEvent read_event(const SqliteStatement& row) {
  AuditEvent event;
  event.sequence = static_cast<std::uint64_t>(row.integer(0));
  event.at = WallTime(Duration(row.integer(1)));
  event.operation = row.bytes(2);
  event.outcome = row.bytes(3);
  event.caller = row.bytes(4);
  event.peer = row.bytes(5);
  event.grant_id = row.bytes(6);
  event.resource = row.bytes(7);
  event.justification = row.bytes(8);
  event.reason = row.bytes(9);
  return event;
}

std::optional<Digest> digest_from(std::string_view bytes) {
  Digest digest;
  if (bytes.size() != digest.bytes.size()) return std::nullopt;
  std::ranges::copy(bytes, reinterpret_cast<char*>(digest.bytes.data()));
  return digest;
}

Error broken(std::uint64_t sequence, std::string what) {
  return error(errc::store_failed, "the audit trail is broken: " + std::move(what),
               "audit[" + std::to_string(sequence) + "]");
}

// One row against what its place in the chain demands; moves `progress` past it.
Result<void> check_link(AuditCheck& progress, const SqliteStatement& row) {
  const std::uint64_t expected = progress.checked + 1;
  const std::int64_t sequence = row.integer(0);
  if (sequence != static_cast<std::int64_t>(expected)) {
    if (sequence < static_cast<std::int64_t>(expected)) return broken(expected, "a record was put in front");
    const auto last = static_cast<std::uint64_t>(sequence) - 1;
    if (last == expected) return broken(expected, "record " + std::to_string(expected) + " was removed");
    return broken(expected, "records " + std::to_string(expected) + " to " + std::to_string(last) + " were removed");
  }
  const Digest hash = audit_link(progress.hash, read_event(row));
  if (digest_from(row.bytes(kHashColumn)) != hash) {
    return broken(expected, "record " + std::to_string(expected) + " was altered or is not in its place");
  }
  if (progress.noted && progress.noted->sequence == expected && progress.noted->hash != hash) {
    return broken(expected, "record " + std::to_string(expected) + " is not the one that was noted");
  }
  progress.last_row = sequence;
  progress.checked = expected;
  progress.hash = hash;
  return {};
}

}  // namespace

Result<AuditTable> AuditTable::prepare(SqliteDatabase& database) {
  constexpr const char* writing = "write the audit trail";
  constexpr const char* reading = "read the audit trail";
  auto insert = SqliteStatement::prepare(database, kInsert, writing);
  if (!insert) return insert.error();
  auto head = SqliteStatement::prepare(database, kHead, reading);
  if (!head) return head.error();
  auto set_head = SqliteStatement::prepare(database, kSetHead, writing);
  if (!set_head) return set_head.error();
  auto first_since = SqliteStatement::prepare(database, kFirstSince, reading);
  if (!first_since) return first_since.error();
  auto find = SqliteStatement::prepare(database, kFind, reading);
  if (!find) return find.error();
  auto find_of_grant = SqliteStatement::prepare(database, kFindOfGrant, reading);
  if (!find_of_grant) return find_of_grant.error();
  auto next = SqliteStatement::prepare(database, kNext, reading);
  if (!next) return next.error();
  return AuditTable(Statements{std::move(*insert), std::move(*head), std::move(*set_head), std::move(*first_since),
                               std::move(*find), std::move(*find_of_grant), std::move(*next)});
}

Result<AuditTable::Head> AuditTable::head() {
  const ResetAtEnd at_end(sql_.head);
  auto there = sql_.head.step();
  if (!there) return there.error();
  const auto hash = *there ? digest_from(sql_.head.bytes(1)) : std::nullopt;
  if (!hash) return error(errc::store_failed, "the head of the audit trail was removed", "audit");
  return Head{sql_.head.integer(0), *hash};
}

Result<AuditHead> AuditTable::newest() {
  const auto newest = head();
  if (!newest) return newest.error();
  return AuditHead{static_cast<std::uint64_t>(newest->sequence), newest->hash};
}

Result<void> AuditTable::append(const AuditEvent& event) {
  auto previous = head();
  if (!previous) return previous.error();
  AuditEvent link = event;
  link.sequence = static_cast<std::uint64_t>(previous->sequence) + 1;
  const Digest hash = audit_link(previous->hash, link);
  const auto sequence = static_cast<std::int64_t>(link.sequence);

  sql_.insert.bind(1, sequence).bind(2, std::int64_t{link.at.time_since_epoch().count()});
  sql_.insert.bind(3, link.operation).bind(4, link.outcome).bind(5, link.caller).bind(6, link.peer);
  sql_.insert.bind(7, link.grant_id).bind(8, link.resource).bind(9, link.justification).bind(10, link.reason);
  if (auto inserted = sql_.insert.bind_blob(11, as_bytes(hash)).run(); !inserted) return inserted;
  return sql_.set_head.bind(1, sequence).bind_blob(2, as_bytes(hash)).run();
}

Result<std::optional<std::int64_t>> AuditTable::first_since(WallTime since) {
  const ResetAtEnd at_end(sql_.first_since);
  auto there = sql_.first_since.bind(1, std::int64_t{since.time_since_epoch().count()}).step();
  if (!there) return there.error();
  if (!*there || sql_.first_since.is_null(0)) return std::optional<std::int64_t>();
  return std::optional(sql_.first_since.integer(0));
}

Result<std::vector<AuditEvent>> AuditTable::find(const AuditQuery& query) {
  constexpr std::int64_t kLowest = std::numeric_limits<std::int64_t>::min();
  Result<std::optional<std::int64_t>> first = std::optional(kLowest);
  if (query.since) first = first_since(*query.since);
  if (!first) return first.error();
  if (!*first) return std::vector<AuditEvent>();

  SqliteStatement& statement = query.grant_id ? sql_.find_of_grant : sql_.find;
  const ResetAtEnd at_end(statement);
  const auto limit = std::min<std::size_t>(query.limit, std::numeric_limits<std::int64_t>::max());
  statement.bind(1, **first).bind(2, query.since ? std::int64_t{query.since->time_since_epoch().count()} : kLowest);
  statement.bind(3, static_cast<std::int64_t>(limit));
  if (query.grant_id) statement.bind(4, *query.grant_id);
  std::vector<AuditEvent> newest_first;
  for (;;) {
    auto more = statement.step();
    if (!more) return more.error();
    if (!*more) break;
    newest_first.push_back(read_event(statement));
  }
  std::ranges::reverse(newest_first);
  return newest_first;
}

Result<void> AuditTable::check_end(const AuditCheck& progress) {
  if (progress.noted && progress.noted->sequence > progress.checked) {
    return broken(progress.checked + 1,
                  "records up to " + std::to_string(progress.noted->sequence) + ", which was noted, were removed");
  }
  auto recorded = head();
  if (!recorded) return broken(progress.checked + 1, recorded.error().message);
  if (recorded->sequence > static_cast<std::int64_t>(progress.checked)) {
    return broken(progress.checked + 1,
                  "records up to " + std::to_string(recorded->sequence) + " were removed at the end");
  }
  if (recorded->hash != progress.hash) {
    return broken(progress.checked, "its head is not that of record " + std::to_string(progress.checked));
  }
  return {};
}

Result<std::optional<std::uint64_t>> AuditTable::check(AuditCheck& progress, std::size_t rows) {
  std::size_t seen = 0;
  {
    const ResetAtEnd at_end(sql_.next);
    sql_.next.bind(1, progress.last_row).bind(2, static_cast<std::int64_t>(rows));
    for (;; ++seen) {
      auto more = sql_.next.step();
      if (!more) return more.error();
      if (!*more) break;
      if (auto good = check_link(progress, sql_.next); !good) return good.error();
    }
  }
  if (seen == rows) return std::optional<std::uint64_t>();
  if (auto whole = check_end(progress); !whole) return whole.error();
  return std::optional(progress.checked);
}

}  // namespace jitgate
