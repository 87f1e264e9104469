#pragma once

#include <cstdint>
#include <future>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "agent/store/audit_search.hpp"
#include "agent/store/audit_table.hpp"
#include "agent/store/claim_table.hpp"
#include "agent/store/grant_store.hpp"
#include "agent/store/grant_table.hpp"
#include "agent/store/page_check.hpp"
#include "agent/store/settings_table.hpp"
#include "agent/store/sqlite_database.hpp"

namespace jitgate {

/// What to do when the directory has no state.db.
enum class MissingFile : std::uint8_t { create, refuse };

/// When the file's pages are checked, all of them: at once; or while or after load() reads what it needs, before it
/// returns or anything else is done. A file that is to be brought to a newer version is checked before that.
enum class PageCheck : std::uint8_t { at_once, with_load };

/// The store on one connection, for one thread; every call blocks. `<directory>/state.db` is made with mode 0600,
/// locked against other processes for as long as it is open, and never deleted or put anew: what cannot be read stays
/// for people to mend.
class SqliteStore {
 public:
  /// The directory must exist. errc::store_failed when the file cannot be opened, written or trusted (corrupt, some
  /// other program's, a newer version's); it is unchanged then.
  [[nodiscard]] static Result<SqliteStore> open(const std::string& directory, MissingFile missing = MissingFile::create,
                                                PageCheck check = PageCheck::at_once);

  [[nodiscard]] Result<StoredState> load(const TakeGrants& take);

  /// Applies the changes in one transaction, in order, and makes it durable. One result for each. A change that is
  /// refused (StoreChange) leaves the others alone; errc::store_failed is the whole transaction's.
  [[nodiscard]] std::vector<Result<void>> apply(std::span<const StoreChange> changes);

  [[nodiscard]] Result<std::vector<GrantRecord>> grants(const GrantQuery& query);
  [[nodiscard]] Result<std::vector<KnownId>> known(std::span<const std::string> ids);
  [[nodiscard]] Result<std::vector<PortUse>> port_use(WallTime since);
  /// A slice of a search: see AuditSearch::step().
  [[nodiscard]] Result<std::optional<AuditPage>> search_audit(AuditProgress& progress, std::size_t rows);
  [[nodiscard]] Result<AuditHead> audit_head();
  /// A slice of verify_audit(): see AuditTable::check().
  [[nodiscard]] Result<std::optional<AuditSpan>> check_audit(AuditCheck& progress, std::size_t rows);

  /// The audit records that were made durable since the last call.
  [[nodiscard]] std::vector<AuditRecord> take_recorded() { return std::exchange(recorded_, {}); }

  /// Whether the changes so far have made records due to be pruned.
  [[nodiscard]] Result<bool> prune_is_due();
  /// One step of it, durable: see AuditTable::prune().
  [[nodiscard]] Result<void> prune();

  /// False once the file was found corrupt or gone: this object is of no more use, and the file is to be opened again.
  [[nodiscard]] bool usable() const { return usable_; }

 private:
  struct TransactionStatements {
    SqliteStatement begin;
    SqliteStatement commit;
    SqliteStatement savepoint;
    SqliteStatement release;
    SqliteStatement undo;
  };
  SqliteStore(SqliteDatabase database, TransactionStatements transaction, GrantTable grants, ClaimTable claims,
              SettingsTable settings, AuditTable audit, AuditSearch search)
      : database_(std::move(database)),
        transaction_(std::move(transaction)),
        grants_(std::move(grants)),
        claims_(std::move(claims)),
        settings_(std::move(settings)),
        audit_(std::move(audit)),
        search_(std::move(search)) {}

  [[nodiscard]] static Result<SqliteDatabase> open_database(const std::string& path, PageCheck& check);
  [[nodiscard]] static Result<TransactionStatements> prepare_transaction(SqliteDatabase& database);
  [[nodiscard]] static Result<SqliteStore> over(SqliteDatabase database);

  [[nodiscard]] Result<std::vector<Result<void>>> apply_in_transaction(std::span<const StoreChange> changes);
  [[nodiscard]] Result<void> apply_or_undo(const StoreChange& change);
  [[nodiscard]] Result<void> write(const StoreChange& change);
  [[nodiscard]] Result<void> write_claims(const StoreChange& change);
  [[nodiscard]] Result<void> forget_old(WallTime now);
  [[nodiscard]] Result<void> append(std::span<const AuditEvent> events);
  [[nodiscard]] Result<void> prune_in_transaction();
  void abandon_transaction();
  /// The pages, unless they have been checked. `beside`: a check that is under way.
  [[nodiscard]] Result<void> check(std::future<PageVerdict> beside = {});
  /// After a failure: takes note when it says that the file is damaged.
  void note_damage();
  template <class T>
  [[nodiscard]] Result<T> noted(Result<T> result);

  SqliteDatabase database_;  // first: the statements below must be destroyed before it
  TransactionStatements transaction_;
  GrantTable grants_;
  ClaimTable claims_;
  SettingsTable settings_;
  AuditTable audit_;
  AuditSearch search_;
  std::vector<AuditRecord> recorded_;
  std::vector<AuditRecord> uncommitted_;     ///< of the transaction under way
  std::optional<AuditRetention> retention_;  ///< of the latest change
  WallTime now_{};                           ///< of the latest change
  bool usable_ = true;
  bool checked_ = true;
};

}  // namespace jitgate
