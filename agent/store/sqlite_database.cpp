#include "agent/store/sqlite_database.hpp"

#include <string_view>

#include "agent/store/sqlite_error.hpp"
#include "agent/store/sqlite_statement.hpp"

namespace jitgate {

namespace {

/// Nobody asks SQLite how much memory it has: without the count, an allocation takes no lock of the whole process.
void count_no_memory() {
  // Refused once the library is in use: then it counts, which only costs.
  [[maybe_unused]] static const int code = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/// As sqlite.org/uri.html wants it; "/C:/" is what a drive begins with there.
std::string uri_of(const std::string& path) {
  static constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-._~:";
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string uri = path.size() > 1 && path[1] == ':' ? "file:/" : "file:";
  for (const char character : path) {
    if (kPlain.find(character) != std::string_view::npos) {
      uri += character;
    } else {
      const auto byte = static_cast<unsigned char>(character);
      uri += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return uri;
}

}  // namespace

Result<SqliteDatabase> SqliteDatabase::open(const std::string& path) {
  auto database = connect(path, SQLITE_OPEN_READWRITE);
  if (!database) return database;
  // SQLite falls back to reading alone when the file may not be written.
  sqlite3* handle = database->handle();
  if (sqlite3_db_readonly(handle, "main") == 1) return sqlite_error(handle, SQLITE_READONLY, "open the store");
  return database;
}

Result<SqliteDatabase> SqliteDatabase::open_unchanging(const std::string& path) {
  return connect(uri_of(path) + "?immutable=1", SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
}

Result<SqliteDatabase> SqliteDatabase::connect(const std::string& name, int flags) {
  count_no_memory();
  sqlite3* handle = nullptr;
  // No mutex: one thread uses a connection at a time. No creation: SQLite would give the file the mode that the umask
  // leaves.
  flags |= SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, nullptr);
  SqliteDatabase database(handle);
  if (code != SQLITE_OK) return sqlite_error(handle, code, "open the store");
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
