#include "agent/store/schema.hpp"

#include <array>
#include <string>

namespace jitgate {
namespace {

// Times are nanoseconds: since 1970-01-01T00:00:00Z, boot_deadline since boot. Words are those of the API, so that a
// database can be read without this program.
constexpr Migration kFirst{R"sql(
CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE grants (
  row INTEGER PRIMARY KEY,          -- in the order of arrival
  id TEXT NOT NULL UNIQUE,
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  document BLOB NOT NULL,           -- the exact bytes
  source TEXT NOT NULL,
  requestor TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL          -- the latest end of its ports
) STRICT;
CREATE INDEX grants_by_end ON grants (ends_at);

CREATE TABLE grant_ports (
  grant_row INTEGER NOT NULL REFERENCES grants (row) ON DELETE CASCADE,
  port INTEGER NOT NULL,            -- index into the document's ports
  status TEXT NOT NULL CHECK (status IN ('Initiated', 'Revoked')),
  reason TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  boot_deadline INTEGER NOT NULL,
  ended_at INTEGER,
  cut_pending INTEGER NOT NULL CHECK (cut_pending IN (0, 1)),
  PRIMARY KEY (grant_row, port),
  CHECK ((status = 'Revoked') = (ended_at IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX grant_ports_live ON grant_ports (grant_row) WHERE status = 'Initiated' OR cut_pending = 1;

CREATE TABLE audit (
  sequence INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  operation TEXT NOT NULL,
  outcome TEXT NOT NULL,
  caller TEXT NOT NULL,
  peer TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  resource TEXT NOT NULL,
  justification TEXT NOT NULL,
  reason TEXT NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_grant ON audit (grant_id) WHERE grant_id <> '';

-- The end of the chain, kept apart so that rows missing at the end are noticed.
CREATE TABLE audit_head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  sequence INTEGER NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
INSERT INTO audit_head VALUES (1, 0, zeroblob(32));
)sql"};

// How a request that waits for approval was asked for; empty for a grant.
constexpr Migration kApproval{"ALTER TABLE grants ADD COLUMN request TEXT NOT NULL DEFAULT '';"};

// What an audit record is about, the ruleset that it found, and where the trail begins once its oldest records are
// pruned: the hash of the last of those.
constexpr Migration kAuditMore{R"sql(
ALTER TABLE audit ADD COLUMN ports TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
CREATE TABLE audit_origin (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  sequence INTEGER NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
INSERT INTO audit_origin VALUES (1, 0, zeroblob(32));
CREATE INDEX grants_by_start ON grants (starts_at);
)sql"};

// Which grant sources hold a grant, and revocations that came before their grants.
constexpr Migration kSources{R"sql(
CREATE TABLE claims (
  grant_row INTEGER NOT NULL REFERENCES grants (row) ON DELETE CASCADE,
  source TEXT NOT NULL,
  PRIMARY KEY (grant_row, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE early_revocations (
  source TEXT NOT NULL,
  grant_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  signer TEXT NOT NULL,             -- empty: the source's own word
  at INTEGER NOT NULL,
  PRIMARY KEY (source, grant_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX early_revocations_by_grant ON early_revocations (grant_id);
CREATE INDEX early_revocations_by_time ON early_revocations (at);
)sql"};

constexpr std::array kMigrations{kFirst, kApproval, kAuditMore, kSources};

constexpr const char* kReading = "read the store";
constexpr const char* kUpgrading = "upgrade the store";

}  // namespace

std::span<const Migration> migrations() {
  return kMigrations;
}

Result<bool> inspect_schema(SqliteDatabase& database, std::span<const Migration> known) {
  const std::string file = sqlite3_db_filename(database.handle(), "main");
  auto objects = database.query_integer("SELECT count(*) FROM sqlite_schema", kReading);
  if (!objects) return objects.error();
  auto application = database.query_integer("PRAGMA application_id", kReading);
  if (!application) return application.error();
  auto version = database.query_integer("PRAGMA user_version", kReading);
  if (!version) return version.error();

  const bool fresh = *objects == 0 && *application == 0 && *version == 0;
  if (fresh) return known.empty();
  if (*application != kApplicationId) return error(errc::store_failed, "this is some other program's database", file);
  const auto newest = static_cast<std::int64_t>(known.size());
  if (*version < 1 || *version > newest) {
    return error(errc::store_failed,
                 "the store has schema version " + std::to_string(*version) + ", this program knows versions 1 to " +
                     std::to_string(newest) + "; use the version of jitgate that wrote it, or a later one",
                 file);
  }
  return *version == newest;
}

Result<void> check_pages(SqliteDatabase& database) {
  auto verdict = database.query_text("PRAGMA quick_check(1)", kReading);
  if (!verdict) return verdict.error();
  if (*verdict == "ok") return {};
  return error(errc::store_failed, "cannot read the store: the database is corrupt (" + *verdict + ")",
               sqlite3_db_filename(database.handle(), "main"));
}

Result<void> migrate_schema(SqliteDatabase& database, std::span<const Migration> known) {
  auto version = database.query_integer("PRAGMA user_version", kReading);
  if (!version) return version.error();
  const auto present = static_cast<std::size_t>(*version);
  if (present >= known.size()) return {};

  std::string script = "BEGIN IMMEDIATE;";
  for (const Migration& migration : known.subspan(present)) script += migration.sql;
  script += "PRAGMA application_id = " + std::to_string(kApplicationId) + ";";
  script += "PRAGMA user_version = " + std::to_string(known.size()) + ";";
  script += "COMMIT;";
  auto done = database.execute(script, kUpgrading);
  // The error was taken before this; a transaction that SQLite has ended by itself makes the rollback fail, harmlessly.
  if (!done && database.in_transaction()) (void)database.execute("ROLLBACK", kUpgrading);
  return done;
}

}  // namespace jitgate
