#pragma once

#include <string>
#include <vector>

#include "agent/store/grant_store.hpp"
#include "agent/store/sqlite_statement.hpp"

namespace jitgate {

/// The tables `grants` and `grant_ports`. Writing needs a transaction of the caller's; the errors are those of
/// StoreChange.
class GrantTable {
 public:
  [[nodiscard]] static Result<GrantTable> prepare(SqliteDatabase& database);

  [[nodiscard]] Result<void> add(const GrantRecord& record);
  [[nodiscard]] Result<void> update(const StateChange& change);
  [[nodiscard]] Result<void> approve(const GrantRecord& record);
  /// Forgets some of the grants that are not live and ended before `horizon`: a bounded number, so that no commit pays
  /// for a long absence; the next ones go on.
  [[nodiscard]] Result<void> forget_ended_before(WallTime horizon);

  /// Oldest first. Returns what cannot be read, "ID: reason" each.
  [[nodiscard]] Result<std::vector<std::string>> live(const TakeGrants& take);
  /// Newest first. What cannot be read is left out.
  [[nodiscard]] Result<std::vector<GrantRecord>> find(const GrantQuery& query);
  [[nodiscard]] Result<std::optional<KnownId::Stored>> known(const std::string& id);
  [[nodiscard]] Result<std::vector<PortUse>> use_since(WallTime since);

 private:
  struct Statements {
    SqliteStatement insert_grant;
    SqliteStatement insert_port;
    SqliteStatement find_id;
    SqliteStatement find_port;
    SqliteStatement update_port;
    SqliteStatement forget;
    SqliteStatement live;
    SqliteStatement find_active;
    SqliteStatement find_all;
    SqliteStatement find_pending;
    SqliteStatement approve;
    SqliteStatement use;
  };
  explicit GrantTable(Statements statements) : sql_(std::move(statements)) {}
  [[nodiscard]] Result<void> check_id_is_free(const GrantRecord& record);
  [[nodiscard]] Result<void> add_port(std::int64_t grant_row, std::size_t port, const PortState& state);

  Statements sql_;
};

}  // namespace jitgate
