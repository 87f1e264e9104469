#include "agent/store/audit_table.hpp"

#include <string>

#include "agent/store/audit_row.hpp"
#include "agent/store/grant_row.hpp"

namespace jitgate {
namespace {

constexpr const char* kHead = "SELECT sequence, hash FROM audit_head WHERE one = 1";
constexpr const char* kSetHead = "UPDATE audit_head SET sequence = ?, hash = ? WHERE one = 1";
constexpr const char* kOrigin = "SELECT sequence, hash FROM audit_origin WHERE one = 1";
constexpr const char* kSetOrigin = "UPDATE audit_origin SET sequence = ?, hash = ? WHERE one = 1";
constexpr const char* kOldest = "SELECT at FROM audit ORDER BY sequence LIMIT 1";
constexpr const char* kRemove = "DELETE FROM audit WHERE sequence <= ?";

std::string insert_sql() {
  return std::string("INSERT INTO audit (") + kAuditColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
}

std::string next_sql() {
  return std::string("SELECT ") + kAuditColumns + " FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?";
}

}  // namespace

Result<AuditTable> AuditTable::prepare(SqliteDatabase& database) {
  constexpr const char* writing = "write the audit trail";
  constexpr const char* reading = "read the audit trail";
  auto insert = SqliteStatement::prepare(database, insert_sql(), writing);
  if (!insert) return insert.error();
  auto head = SqliteStatement::prepare(database, kHead, reading);
  if (!head) return head.error();
  auto set_head = SqliteStatement::prepare(database, kSetHead, writing);
  if (!set_head) return set_head.error();
  auto origin = SqliteStatement::prepare(database, kOrigin, reading);
  if (!origin) return origin.error();
  auto set_origin = SqliteStatement::prepare(database, kSetOrigin, writing);
  if (!set_origin) return set_origin.error();
  auto next = SqliteStatement::prepare(database, next_sql(), reading);
  if (!next) return next.error();
  auto oldest = SqliteStatement::prepare(database, kOldest, reading);
  if (!oldest) return oldest.error();
  auto remove = SqliteStatement::prepare(database, kRemove, "prune the audit trail");
  if (!remove) return remove.error();
  return AuditTable(Statements{std::move(*insert), std::move(*head), std::move(*set_head), std::move(*origin),
                               std::move(*set_origin), std::move(*next), std::move(*oldest), std::move(*remove)});
}

Result<AuditHead> AuditTable::read_end(SqliteStatement& statement, const char* name) {
  const ResetAtEnd at_end(statement);
  auto there = statement.step();
  if (!there) return there.error();
  const auto hash = *there ? digest_from(statement.bytes(1)) : std::nullopt;
  if (!hash) return error(errc::store_failed, std::string("the ") + name + " of the audit trail was removed", "audit");
  return AuditHead{static_cast<std::uint64_t>(statement.integer(0)), *hash};
}

Result<AuditHead> AuditTable::newest() {
  return read_end(sql_.head, "head");
}

Result<AuditHead> AuditTable::origin() {
  return read_end(sql_.origin, "origin");
}

Result<std::vector<AuditRecord>> AuditTable::append(std::span<const AuditEvent> events) {
  std::vector<AuditRecord> records;
  if (events.empty()) return records;
  auto head = newest();
  if (!head) return head.error();
  records.reserve(events.size());
  for (const AuditEvent& event : events) {
    AuditRecord& record = records.emplace_back(AuditRecord{event, {}});
    record.event.sequence = head->sequence + 1;
    record.hash = audit_link(head->hash, record.event);
    if (auto inserted = insert(record); !inserted) return inserted.error();
    *head = {record.event.sequence, record.hash};
  }
  // Once for all of them, as they are there together or not at all.
  const auto set =
      sql_.set_head.bind(1, static_cast<std::int64_t>(head->sequence)).bind_blob(2, as_bytes(head->hash)).run();
  if (!set) return set.error();
  return records;
}

Result<void> AuditTable::insert(const AuditRecord& record) {
  const AuditEvent& link = record.event;
  sql_.insert.bind(1, static_cast<std::int64_t>(link.sequence));
  sql_.insert.bind(2, std::int64_t{link.at.time_since_epoch().count()});
  sql_.insert.bind(3, link.operation).bind(4, link.outcome).bind(5, link.caller).bind(6, link.peer);
  sql_.insert.bind(7, link.grant_id).bind(8, link.resource).bind(9, link.justification).bind(10, link.reason);
  sql_.insert.bind(11, link.ports).bind(12, std::int64_t{link.generation});
  return sql_.insert.bind_blob(13, as_bytes(record.hash)).run();
}

}  // namespace jitgate
