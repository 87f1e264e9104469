#include "agent/store/sqlite_statement.hpp"

#include "agent/store/sqlite_error.hpp"

namespace jitgate {
namespace {

// An empty view may have a null pointer, which SQLite would take for NULL.
const char* pointer_of(std::string_view bytes) {
  return bytes.data() == nullptr ? "" : bytes.data();
}

}  // namespace

Result<SqliteStatement> SqliteStatement::prepare(SqliteDatabase& database, std::string_view sql,
                                                 std::string_view doing) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return sqlite_error(database.handle(), code, doing);
  return SqliteStatement(handle, doing);
}

void SqliteStatement::note(int code) {
  if (bind_code_ == SQLITE_OK) bind_code_ = code;
}

SqliteStatement& SqliteStatement::bind(int index, std::int64_t value) {
  note(sqlite3_bind_int64(handle_.get(), index, value));
  return *this;
}

SqliteStatement& SqliteStatement::bind(int index, std::string_view text) {
  note(sqlite3_bind_text64(handle_.get(), index, pointer_of(text), text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

SqliteStatement& SqliteStatement::bind_blob(int index, std::string_view bytes) {
  note(sqlite3_bind_blob64(handle_.get(), index, pointer_of(bytes), bytes.size(), SQLITE_STATIC));
  return *this;
}

SqliteStatement& SqliteStatement::bind_null(int index) {
  note(sqlite3_bind_null(handle_.get(), index));
  return *this;
}

Result<bool> SqliteStatement::step() {
  const int code = bind_code_ != SQLITE_OK ? bind_code_ : sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Error failure = sqlite_error(sqlite3_db_handle(handle_.get()), code, doing_);
  reset();
  return failure;
}

Result<void> SqliteStatement::run() {
  auto row = step();
  if (!row) return row.error();
  reset();
  return {};
}

void SqliteStatement::reset() {
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
  bind_code_ = SQLITE_OK;
}

std::string_view SqliteStatement::bytes(int column) const {
  const void* data = sqlite3_column_blob(handle_.get(), column);
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return data == nullptr ? std::string_view()
                         : std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

}  // namespace jitgate
