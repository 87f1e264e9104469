#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/store/grant_store.hpp"
#include "agent/store/sqlite_statement.hpp"

namespace jitgate {

/// The tables `claims` and `early_revocations`: what grant sources have said. Writing needs a transaction of the
/// caller's; the errors are those of StoreChange.
class ClaimTable {
 public:
  [[nodiscard]] static Result<ClaimTable> prepare(SqliteDatabase& database);

  [[nodiscard]] Result<void> put(const ClaimChange& change);
  [[nodiscard]] Result<void> add(const EarlyRevocation& revocation);
  /// Forgets revocations that were made before `horizon`.
  [[nodiscard]] Result<void> forget_before(WallTime horizon);

  /// On live grants, by id.
  [[nodiscard]] Result<std::map<std::string, std::set<std::string>>> live();
  [[nodiscard]] Result<std::vector<EarlyRevocation>> revocations_of(const std::string& grant_id);

 private:
  struct Statements {
    SqliteStatement row_of;
    SqliteStatement hold;
    SqliteStatement let_go;
    SqliteStatement live;
    SqliteStatement count;
    SqliteStatement revoke;
    SqliteStatement revocations;
    SqliteStatement forget;
  };
  explicit ClaimTable(Statements statements) : sql_(std::move(statements)) {}

  Statements sql_;
};

}  // namespace jitgate
