#include "agent/store/claim_table.hpp"

namespace jitgate {
namespace {

constexpr const char* kRowOf = "SELECT row FROM grants WHERE id = ?";
constexpr const char* kHold = "INSERT INTO claims VALUES (?, ?) ON CONFLICT DO NOTHING";
constexpr const char* kLetGo = "DELETE FROM claims WHERE grant_row = ? AND source = ?";
constexpr const char* kLive =
    "SELECT g.id, c.source FROM claims c JOIN grants g ON g.row = c.grant_row WHERE EXISTS (SELECT 1 FROM grant_ports "
    "p "
    "WHERE p.grant_row = c.grant_row AND (p.status = 'Initiated' OR p.cut_pending = 1))";
constexpr const char* kCount = "SELECT count(*) FROM early_revocations WHERE source = ?";
// The first one stays: what an id was revoked for does not change.
constexpr const char* kRevoke =
    "INSERT INTO early_revocations (source, grant_id, reason, signer, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO "
    "NOTHING";
constexpr const char* kRevocations =
    "SELECT source, reason, signer, at FROM early_revocations WHERE grant_id = ? ORDER BY at";
constexpr const char* kForget = "DELETE FROM early_revocations WHERE at < ?";

std::int64_t nanoseconds(WallTime time) {
  return time.time_since_epoch().count();
}

}  // namespace

Result<ClaimTable> ClaimTable::prepare(SqliteDatabase& database) {
  constexpr const char* writing = "write what a source says";
  constexpr const char* reading = "read what sources say";
  auto row_of = SqliteStatement::prepare(database, kRowOf, reading);
  if (!row_of) return row_of.error();
  auto hold = SqliteStatement::prepare(database, kHold, writing);
  if (!hold) return hold.error();
  auto let_go = SqliteStatement::prepare(database, kLetGo, writing);
  if (!let_go) return let_go.error();
  auto live = SqliteStatement::prepare(database, kLive, reading);
  if (!live) return live.error();
  auto count = SqliteStatement::prepare(database, kCount, reading);
  if (!count) return count.error();
  auto revoke = SqliteStatement::prepare(database, kRevoke, writing);
  if (!revoke) return revoke.error();
  auto revocations = SqliteStatement::prepare(database, kRevocations, reading);
  if (!revocations) return revocations.error();
  auto forget = SqliteStatement::prepare(database, kForget, "forget old revocations");
  if (!forget) return forget.error();
  return ClaimTable(Statements{std::move(*row_of), std::move(*hold), std::move(*let_go), std::move(*live),
                               std::move(*count), std::move(*revoke), std::move(*revocations), std::move(*forget)});
}

Result<void> ClaimTable::put(const ClaimChange& change) {
  std::int64_t row = 0;
  {
    const ResetAtEnd at_end(sql_.row_of);
    auto found = sql_.row_of.bind(1, change.grant_id).step();
    if (!found) return found.error();
    if (!*found) return error(errc::not_found, "no grant " + change.grant_id + " is stored", change.grant_id);
    row = sql_.row_of.integer(0);
  }
  return (change.holds ? sql_.hold : sql_.let_go).bind(1, row).bind(2, change.source).run();
}

Result<void> ClaimTable::add(const EarlyRevocation& revocation) {
  {
    const ResetAtEnd at_end(sql_.count);
    auto counted = sql_.count.bind(1, revocation.source).step();
    if (!counted) return counted.error();
    if (sql_.count.integer(0) >= static_cast<std::int64_t>(kMaxEarlyRevocations)) {
      return error(errc::too_many, std::to_string(kMaxEarlyRevocations) + " revocations of " + revocation.source +
                                       " wait for their grants already, the limit");
    }
  }
  sql_.revoke.bind(1, revocation.source).bind(2, revocation.grant_id).bind(3, to_string(revocation.reason));
  return sql_.revoke.bind(4, revocation.signer).bind(5, nanoseconds(revocation.at)).run();
}

Result<void> ClaimTable::forget_before(WallTime horizon) {
  return sql_.forget.bind(1, nanoseconds(horizon)).run();
}

Result<std::map<std::string, std::set<std::string>>> ClaimTable::live() {
  const ResetAtEnd at_end(sql_.live);
  std::map<std::string, std::set<std::string>> claims;
  for (;;) {
    auto more = sql_.live.step();
    if (!more) return more.error();
    if (!*more) return claims;
    claims[std::string(sql_.live.bytes(0))].emplace(sql_.live.bytes(1));
  }
}

Result<std::vector<EarlyRevocation>> ClaimTable::revocations_of(const std::string& grant_id) {
  const ResetAtEnd at_end(sql_.revocations);
  sql_.revocations.bind(1, grant_id);
  std::vector<EarlyRevocation> found;
  for (;;) {
    auto more = sql_.revocations.step();
    if (!more) return more.error();
    if (!*more) return found;
    const auto reason = parse_status_reason(sql_.revocations.bytes(1));
    if (!reason) return error(errc::store_failed, "a revocation cannot be read: " + describe(reason.error()));
    found.push_back({grant_id, std::string(sql_.revocations.bytes(0)), *reason, std::string(sql_.revocations.bytes(2)),
                     WallTime(Duration(sql_.revocations.integer(3)))});
  }
}

}  // namespace jitgate
