#pragma once

#include <cstdint>
#include <optional>

#include "agent/audit/audit_event.hpp"
#include "agent/store/sqlite_statement.hpp"

namespace jitgate {

/// How far a search has come, from the newest record to older ones.
struct AuditProgress {
  AuditQuery query;
  std::optional<std::int64_t> below{};  ///< what is left to look at; nullopt: not begun
  std::int64_t lowest = 0;
  std::size_t bytes = 0;
  AuditPage page{};  ///< newest first, until it is done
};

/// Finds records of the table `audit`.
class AuditSearch {
 public:
  [[nodiscard]] static Result<AuditSearch> prepare(SqliteDatabase& database);

  /// Looks at `rows` more at most. The page when it is complete, nullopt when there is more to look at.
  [[nodiscard]] Result<std::optional<AuditPage>> step(AuditProgress& progress, std::size_t rows);

 private:
  struct Statements {
    SqliteStatement span;
    SqliteStatement first_since;
    SqliteStatement find;
    SqliteStatement find_of_grant;
  };
  explicit AuditSearch(Statements statements) : sql_(std::move(statements)) {}
  [[nodiscard]] Result<void> begin(AuditProgress& progress);
  /// The lowest sequence of that time or later (the wall clock may have stepped back); nullopt: none.
  [[nodiscard]] Result<std::optional<std::int64_t>> first_since(WallTime since);
  /// Looks at the records from `from` on. True: the page is full.
  [[nodiscard]] Result<bool> look(AuditProgress& progress, std::int64_t from);

  Statements sql_;
};

}  // namespace jitgate
