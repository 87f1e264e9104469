#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "agent/audit/audit_chain.hpp"
#include "agent/audit/audit_event.hpp"
#include "agent/store/sqlite_statement.hpp"

namespace jitgate {

/// How far a check of the chain has come. A default one begins at the beginning.
struct AuditCheck {
  std::int64_t last_row = std::numeric_limits<std::int64_t>::min();
  std::uint64_t checked = 0;  ///< rows, which is the last good sequence too
  Digest hash = kAuditGenesis;
  std::optional<AuditHead> noted;  ///< must be found on the way
};

/// The tables `audit` and `audit_head`. Writing needs a transaction of the caller's.
class AuditTable {
 public:
  [[nodiscard]] static Result<AuditTable> prepare(SqliteDatabase& database);

  /// Appends the event as the next link; `event.sequence` is ignored.
  [[nodiscard]] Result<void> append(const AuditEvent& event);
  [[nodiscard]] Result<std::vector<AuditEvent>> find(const AuditQuery& query);
  /// Checks at most `rows` more. How many were checked in all when that was the end of the chain, nullopt when there is
  /// more to do; the first broken link is an error with target "audit[SEQUENCE]".
  /// The newest record.
  [[nodiscard]] Result<AuditHead> newest();
  [[nodiscard]] Result<std::optional<std::uint64_t>> check(AuditCheck& progress, std::size_t rows);

 private:
  struct Head {
    std::int64_t sequence;
    Digest hash;
  };
  struct Statements {
    SqliteStatement insert;
    SqliteStatement head;
    SqliteStatement set_head;
    SqliteStatement first_since;
    SqliteStatement find;
    SqliteStatement find_of_grant;
    SqliteStatement next;
  };
  explicit AuditTable(Statements statements) : sql_(std::move(statements)) {}
  [[nodiscard]] Result<Head> head();
  /// The lowest sequence of that time or later (the wall clock may have stepped back); nullopt: none.
  [[nodiscard]] Result<std::optional<std::int64_t>> first_since(WallTime since);
  [[nodiscard]] Result<void> check_end(const AuditCheck& progress);

  Statements sql_;
};

}  // namespace jitgate
