#include "agent/store/sqlite_store.hpp"

#include <algorithm>
#include <iterator>

#include "agent/store/schema.hpp"
#include "agent/store/sqlite_error.hpp"
#include "platform/private_file.hpp"

namespace jitgate {
namespace {

constexpr std::size_t kPrunedAtOnce = 1'000;  // some milliseconds: what a commit may have to wait behind
constexpr const char* kOpening = "open the store";
constexpr const char* kCommitting = "commit to the store";

// A batch of this size may stay behind in the log; it is no reason to keep the space for good.
constexpr const char* kPragmas =
    "PRAGMA synchronous = FULL;"  // in WAL mode: fsync the log at every commit
    "PRAGMA journal_size_limit = 8388608;"
    "PRAGMA foreign_keys = ON;";
// KiB, of what was touched: a bulk load writes each page once. To read the grants needs none of it.
constexpr const char* kCacheForChanges = "PRAGMA cache_size = -16384";

Result<void> use_write_ahead_log(SqliteDatabase& database) {
  auto mode = database.query_text("PRAGMA journal_mode = WAL", kOpening);
  if (!mode) return mode.error();
  if (*mode == "wal") return {};
  return error(errc::store_failed, "the store's file system cannot hold a write-ahead log",
               sqlite3_db_filename(database.handle(), "main"));
}

/// Its pages were found to be sound.
Result<void> allow_changes(SqliteDatabase& database) {
  database.keep_changes();
  return database.execute(kCacheForChanges, kOpening);
}

bool is_store_failure(const Result<void>& result) {
  return !result && result.error().code == errc::store_failed;
}

}  // namespace

Result<SqliteDatabase> SqliteStore::open_database(const std::string& path, PageCheck& check) {
  auto database = SqliteDatabase::open(path);
  if (!database) return database;
  // Exclusive before the first read: no shared memory file (which a full disk could fail to back), and nobody else
  // writes.
  auto prepared = database->execute(
      "PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = "
      "0;",
      kOpening);
  if (!prepared) return prepared.error();
  const auto newest = inspect_schema(*database, migrations());
  if (!newest) return newest.error();
  const auto log = database->query_text("PRAGMA journal_mode", kOpening);
  if (!log) return log.error();
  // Either would write into it, which is for files that were found to be sound.
  if (!*newest || *log != "wal") check = PageCheck::at_once;
  if (check == PageCheck::at_once) {
    if (auto sound = check_pages(*database); !sound) return sound.error();
  }
  if (auto used = use_write_ahead_log(*database); !used) return used.error();
  if (check == PageCheck::at_once) {
    if (auto allowed = allow_changes(*database); !allowed) return allowed.error();
  }
  if (auto set = database->execute(kPragmas, kOpening); !set) return set.error();
  if (auto migrated = migrate_schema(*database, migrations()); !migrated) return migrated.error();
  return database;
}

Result<SqliteStore::TransactionStatements> SqliteStore::prepare_transaction(SqliteDatabase& database) {
  auto begin = SqliteStatement::prepare(database, "BEGIN IMMEDIATE", kCommitting);
  if (!begin) return begin.error();
  auto commit = SqliteStatement::prepare(database, "COMMIT", kCommitting);
  if (!commit) return commit.error();
  auto savepoint = SqliteStatement::prepare(database, "SAVEPOINT change", kCommitting);
  if (!savepoint) return savepoint.error();
  auto release = SqliteStatement::prepare(database, "RELEASE change", kCommitting);
  if (!release) return release.error();
  auto undo = SqliteStatement::prepare(database, "ROLLBACK TO change", kCommitting);
  if (!undo) return undo.error();
  return TransactionStatements{std::move(*begin), std::move(*commit), std::move(*savepoint), std::move(*release),
                               std::move(*undo)};
}

Result<SqliteStore> SqliteStore::over(SqliteDatabase database) {
  auto transaction = prepare_transaction(database);
  if (!transaction) return transaction.error();
  auto grants = GrantTable::prepare(database);
  if (!grants) return grants.error();
  auto claims = ClaimTable::prepare(database);
  if (!claims) return claims.error();
  auto settings = SettingsTable::prepare(database);
  if (!settings) return settings.error();
  auto audit = AuditTable::prepare(database);
  if (!audit) return audit.error();
  auto search = AuditSearch::prepare(database);
  if (!search) return search.error();
  return SqliteStore(std::move(database), std::move(*transaction), std::move(*grants), std::move(*claims),
                     std::move(*settings), std::move(*audit), std::move(*search));
}

Result<SqliteStore> SqliteStore::open(const std::string& directory, MissingFile missing, PageCheck check) {
  const std::string path = directory + "/state.db";
  auto file = missing == MissingFile::create ? create_private_file(path) : check_private_file(path);
  if (!file) return error(errc::store_failed, "cannot open the store: " + file.error().message, path);
  auto database = open_database(path, check);
  if (!database) return database.error();
  auto store = over(std::move(*database));
  if (store) store->checked_ = check == PageCheck::at_once;
  return store;
}

Result<void> SqliteStore::check(std::future<PageVerdict> beside) {
  if (checked_) return {};
  const PageVerdict verdict = beside.valid() ? beside.get() : std::nullopt;
  Result<void> sound = verdict ? *verdict : check_pages(database_);
  if (sound) sound = allow_changes(database_);
  checked_ = sound.has_value();
  usable_ = usable_ && checked_;
  return sound;
}

void SqliteStore::note_damage() {
  usable_ = usable_ && !says_corrupt(database_.last_code());
}

template <class T>
Result<T> SqliteStore::noted(Result<T> result) {
  if (!result) note_damage();
  return result;
}

Result<StoredState> SqliteStore::load(const TakeGrants& take) {
  // Reading every page takes as long as reading the grants.
  auto beside =
      checked_ ? std::future<PageVerdict>() : check_pages_beside(sqlite3_db_filename(database_.handle(), "main"));
  auto damaged = noted(grants_.live(take));
  if (!damaged) return damaged.error();
  auto settings = noted(settings_.all());
  if (!settings) return settings.error();
  auto claims = noted(claims_.live());
  if (!claims) return claims.error();
  // Last, while what was given away is still being looked at.
  if (auto sound = check(std::move(beside)); !sound) return sound.error();
  return StoredState{std::move(*settings), std::move(*damaged), std::move(*claims)};
}

Result<std::vector<GrantRecord>> SqliteStore::grants(const GrantQuery& query) {
  if (auto sound = check(); !sound) return sound.error();
  return noted(grants_.find(query));
}

Result<std::vector<KnownId>> SqliteStore::known(std::span<const std::string> ids) {
  if (auto sound = check(); !sound) return sound.error();
  std::vector<KnownId> all;
  all.reserve(ids.size());
  for (const std::string& id : ids) {
    auto stored = noted(grants_.known(id));
    if (!stored) return stored.error();
    auto revocations = noted(claims_.revocations_of(id));
    if (!revocations) return revocations.error();
    all.push_back({*stored, std::move(*revocations)});
  }
  return all;
}

Result<std::vector<PortUse>> SqliteStore::port_use(WallTime since) {
  if (auto sound = check(); !sound) return sound.error();
  return noted(grants_.use_since(since));
}

Result<std::optional<AuditPage>> SqliteStore::search_audit(AuditProgress& progress, std::size_t rows) {
  if (auto sound = check(); !sound) return sound.error();
  return noted(search_.step(progress, rows));
}

Result<AuditHead> SqliteStore::audit_head() {
  if (auto sound = check(); !sound) return sound.error();
  return noted(audit_.newest());
}

Result<std::optional<AuditSpan>> SqliteStore::check_audit(AuditCheck& progress, std::size_t rows) {
  if (auto sound = check(); !sound) return sound.error();
  return noted(audit_.check(progress, rows));
}

std::vector<Result<void>> SqliteStore::apply(std::span<const StoreChange> changes) {
  if (!database_.still_in_place()) {
    usable_ = false;
    const Error gone =
        error(errc::store_failed, "cannot commit to the store: the file was removed or replaced while in use",
              sqlite3_db_filename(database_.handle(), "main"));
    return std::vector<Result<void>>(changes.size(), gone);
  }
  if (auto sound = check(); !sound) return std::vector<Result<void>>(changes.size(), sound.error());
  auto results = apply_in_transaction(changes);
  if (results) return std::move(*results);
  abandon_transaction();
  return std::vector<Result<void>>(changes.size(), results.error());
}

Result<std::vector<Result<void>>> SqliteStore::apply_in_transaction(std::span<const StoreChange> changes) {
  if (auto begun = transaction_.begin.run(); !begun) return begun.error();
  std::vector<Result<void>> results;
  WallTime now{};
  auto retention = retention_;
  for (const StoreChange& change : changes) {
    results.push_back(apply_or_undo(change));
    if (is_store_failure(results.back())) return results.back().error();
    now = std::max(now, change.now);
    retention = change.retention;
  }
  if (auto forgotten = forget_old(now); !forgotten) return forgotten.error();
  if (auto committed = transaction_.commit.run(); !committed) return committed.error();
  std::ranges::move(std::exchange(uncommitted_, {}), std::back_inserter(recorded_));
  now_ = now;
  retention_ = retention;
  return results;
}

/// A clock near 1970 says nothing about age.
Result<void> SqliteStore::forget_old(WallTime now) {
  if (now <= WallTime(kRememberRevocation)) return {};
  if (auto forgotten = grants_.forget_ended_before(now - kRememberEnded); !forgotten) return forgotten;
  return claims_.forget_before(now - kRememberRevocation);
}

Result<void> SqliteStore::apply_or_undo(const StoreChange& change) {
  if (auto saved = transaction_.savepoint.run(); !saved) return saved;
  const std::size_t recorded = uncommitted_.size();
  auto written = write(change);
  if (is_store_failure(written)) return written;  // the whole transaction goes
  if (!written) {
    uncommitted_.resize(recorded);
    if (auto undone = transaction_.undo.run(); !undone) return undone;
  }
  if (auto released = transaction_.release.run(); !released) return released;
  return written;
}

Result<void> SqliteStore::write(const StoreChange& change) {
  for (const GrantRecord& record : change.add) {
    if (auto added = grants_.add(record); !added) return added;
  }
  for (const StateChange& update : change.update) {
    if (auto updated = grants_.update(update); !updated) return updated;
  }
  for (const GrantRecord& record : change.approve) {
    if (auto approved = grants_.approve(record); !approved) return approved;
  }
  if (auto claimed = write_claims(change); !claimed) return claimed;
  if (auto appended = append(change.audit); !appended) return appended;
  for (const auto& [name, value] : change.settings) {
    if (auto put = settings_.put(name, value); !put) return put;
  }
  return {};
}

Result<void> SqliteStore::write_claims(const StoreChange& change) {
  for (const ClaimChange& claim : change.claims) {
    if (auto put = claims_.put(claim); !put) return put;
  }
  for (const EarlyRevocation& revocation : change.early_revocations) {
    if (auto added = claims_.add(revocation); !added) return added;
  }
  return {};
}

Result<void> SqliteStore::append(std::span<const AuditEvent> events) {
  auto appended = audit_.append(events);
  if (!appended) return appended.error();
  std::ranges::move(*appended, std::back_inserter(uncommitted_));
  return {};
}

Result<bool> SqliteStore::prune_is_due() {
  if (!retention_) return false;
  return noted(audit_.prune_is_due(*retention_, now_));
}

Result<void> SqliteStore::prune() {
  if (!retention_) return {};
  auto pruned = prune_in_transaction();
  if (!pruned) abandon_transaction();
  return pruned;
}

Result<void> SqliteStore::prune_in_transaction() {
  if (auto begun = transaction_.begin.run(); !begun) return begun;
  auto pruned = audit_.prune(*retention_, now_, kPrunedAtOnce);
  if (!pruned) return pruned.error();
  if (auto committed = transaction_.commit.run(); !committed) return committed;
  if (*pruned) recorded_.push_back(std::move(**pruned));
  return {};
}

void SqliteStore::abandon_transaction() {
  uncommitted_.clear();
  // The connection outlives a failed write on purpose: its next commit overwrites in the log what this one left there,
  // whereas a new connection would read a commit that was reported as failed.
  note_damage();
  if (database_.in_transaction()) (void)database_.execute("ROLLBACK", kCommitting);
}

}  // namespace jitgate
