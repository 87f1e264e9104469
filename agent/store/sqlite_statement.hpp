#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "agent/model/result.hpp"
#include "agent/store/sqlite_database.hpp"

namespace jitgate {

/// One prepared statement, used again and again: bind, step (or run), reset. Parameters and columns count as SQLite
/// counts them: parameters from 1, columns from 0.
class SqliteStatement {
 public:
  /// `doing` completes "cannot ..." in error messages.
  [[nodiscard]] static Result<SqliteStatement> prepare(SqliteDatabase& database, std::string_view sql,
                                                       std::string_view doing);

  /// Bound bytes are not copied: they must live until reset(). A failure to bind is reported by the next step().
  SqliteStatement& bind(int index, std::int64_t value);
  SqliteStatement& bind(int index, std::string_view text);
  SqliteStatement& bind_blob(int index, std::string_view bytes);
  SqliteStatement& bind_null(int index);

  /// True: a row is there to be read; false: done. An error resets the statement.
  [[nodiscard]] Result<bool> step();
  /// For statements without rows: step() and reset().
  [[nodiscard]] Result<void> run();
  /// The row that the connection inserted last. RETURNING would make a table of its own for each row.
  [[nodiscard]] std::int64_t last_row() const { return sqlite3_last_insert_rowid(sqlite3_db_handle(handle_.get())); }
  /// Back to the start, without values.
  void reset();

  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  [[nodiscard]] bool is_null(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }
  /// Text or blob, exactly as stored; valid until the next step() or reset().
  [[nodiscard]] std::string_view bytes(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }
  };
  SqliteStatement(sqlite3_stmt* handle, std::string_view doing) : handle_(handle), doing_(doing) {}
  void note(int code);

  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  std::string doing_;
  int bind_code_ = SQLITE_OK;  ///< the first failure to bind
};

/// Resets a statement at the end of a scope, whichever way it is left: a statement left in the middle keeps its
/// transaction open.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(SqliteStatement& statement) : statement_(statement) {}
  ~ResetAtEnd() { statement_.reset(); }
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;

 private:
  SqliteStatement& statement_;
};

}  // namespace jitgate
