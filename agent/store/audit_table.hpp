#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/audit/audit_chain.hpp"
#include "agent/audit/audit_event.hpp"
#include "agent/audit/audit_retention.hpp"
#include "agent/store/sqlite_statement.hpp"

namespace jitgate {

/// How far a check of the chain has come. A default one begins at the beginning.
struct AuditCheck {
  std::int64_t last_row = std::numeric_limits<std::int64_t>::min();
  std::uint64_t checked = 0;  ///< the last good sequence
  Digest hash = kAuditGenesis;
  std::optional<AuditHead> noted;  ///< must be found on the way
  std::string pruned{};            ///< what the last record of a pruning names; empty: there was none
};

/// The tables `audit`, `audit_head` and `audit_origin`. Writing needs a transaction of the caller's.
class AuditTable {
 public:
  [[nodiscard]] static Result<AuditTable> prepare(SqliteDatabase& database);

  /// Appends the events as the next links; their `sequence` is ignored. What was written.
  [[nodiscard]] Result<std::vector<AuditRecord>> append(std::span<const AuditEvent> events);
  /// The newest record.
  [[nodiscard]] Result<AuditHead> newest();
  /// The last record that was pruned: sequence 0 when none was.
  [[nodiscard]] Result<AuditHead> origin();

  /// Checks at most `rows` more (audit_check.cpp). What is there when that was the end of the chain, nullopt when there
  /// is more to do; the first broken link is an error with target "audit[SEQUENCE]". Records may be added and pruned
  /// between two calls.
  [[nodiscard]] Result<std::optional<AuditSpan>> check(AuditCheck& progress, std::size_t rows);

  /// Whether prune() would find something (audit_prune.cpp).
  [[nodiscard]] Result<bool> prune_is_due(const AuditRetention& keep, WallTime now);
  /// Removes at most `rows` of the oldest records that are too many or too old, and adds the record that says so. They
  /// are checked first: of a chain that is broken there nothing is removed, and the error says where. nullopt: there
  /// was nothing to remove.
  [[nodiscard]] Result<std::optional<AuditRecord>> prune(const AuditRetention& keep, WallTime now, std::size_t rows);

 private:
  struct Statements {
    SqliteStatement insert;
    SqliteStatement head;
    SqliteStatement set_head;
    SqliteStatement origin;
    SqliteStatement set_origin;
    SqliteStatement next;
    SqliteStatement oldest;
    SqliteStatement remove;
  };
  explicit AuditTable(Statements statements) : sql_(std::move(statements)) {}
  [[nodiscard]] Result<void> insert(const AuditRecord& record);
  [[nodiscard]] Result<AuditHead> read_end(SqliteStatement& statement, const char* name);
  [[nodiscard]] Result<void> check_end(const AuditCheck& progress, const AuditHead& origin);
  [[nodiscard]] Result<void> begin_check(AuditCheck& progress, const AuditHead& origin);
  /// The last of the records to remove; the origin itself when there is none.
  [[nodiscard]] Result<AuditHead> last_to_prune(const AuditHead& origin, std::uint64_t too_many, WallTime horizon,
                                                std::size_t rows);

  Statements sql_;
};

/// One row against what its place in the chain demands; moves `progress` past it.
[[nodiscard]] Result<void> check_link(AuditCheck& progress, const SqliteStatement& row);

}  // namespace jitgate
