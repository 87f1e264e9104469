#include "agent/store/sqlite_database.hpp"

#include "agent/store/sqlite_error.hpp"
#include "agent/store/sqlite_statement.hpp"

namespace jitgate {

Result<SqliteDatabase> SqliteDatabase::open(const std::string& path) {
  sqlite3* handle = nullptr;
  // No mutex: one thread uses a connection at a time. No creation: SQLite would give the file the mode that the umask
  // leaves.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  SqliteDatabase database(handle);
  if (code != SQLITE_OK) return sqlite_error(handle, code, "open the store");
  // SQLite falls back to reading alone when the file may not be written.
  if (sqlite3_db_readonly(handle, "main") == 1) return sqlite_error(handle, SQLITE_READONLY, "open the store");
  sqlite3_busy_timeout(handle, 0);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  // The file may have been altered: its schema must not be able to run anything.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
  return database;
}

void SqliteDatabase::keep_changes() {
  sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

Result<void> SqliteDatabase::execute(const std::string& sql, std::string_view doing) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return sqlite_error(handle_.get(), code, doing);
  return {};
}

Result<std::int64_t> SqliteDatabase::query_integer(const std::string& sql, std::string_view doing) {
  auto statement = SqliteStatement::prepare(*this, sql, doing);
  if (!statement) return statement.error();
  auto row = statement->step();
  if (!row) return row.error();
  if (!*row) return sqlite_error(handle_.get(), SQLITE_CORRUPT, doing);
  return statement->integer(0);
}

Result<std::string> SqliteDatabase::query_text(const std::string& sql, std::string_view doing) {
  auto statement = SqliteStatement::prepare(*this, sql, doing);
  if (!statement) return statement.error();
  auto row = statement->step();
  if (!row) return row.error();
  if (!*row) return sqlite_error(handle_.get(), SQLITE_CORRUPT, doing);
  return std::string(statement->bytes(0));
}

bool SqliteDatabase::still_in_place() const {
  int moved = 0;
  const int code = sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return code != SQLITE_OK || moved == 0;
}

}  // namespace jitgate
