#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>

#include "agent/model/result.hpp"

namespace jitgate {

/// One SQLite connection. Used by one thread at a time. Statements made from it must be destroyed before it.
class SqliteDatabase {
 public:
  /// Opens an existing file for reading and writing. Nothing is read yet, and nothing is written: a connection that is
  /// closed before keep_changes() leaves the file and its write-ahead log as they are.
  [[nodiscard]] static Result<SqliteDatabase> open(const std::string& path);
  /// Opens a file that nobody writes to meanwhile for reading alone: without locks, and without its write-ahead log.
  [[nodiscard]] static Result<SqliteDatabase> open_unchanging(const std::string& path);

  /// The file has been found to be ours: closing may move the write-ahead log into it from now on.
  void keep_changes();

  /// Runs statements whose rows, if any, are of no interest.
  [[nodiscard]] Result<void> execute(const std::string& sql, std::string_view doing);
  /// The first column of the first row; an error when there is none.
  [[nodiscard]] Result<std::int64_t> query_integer(const std::string& sql, std::string_view doing);
  [[nodiscard]] Result<std::string> query_text(const std::string& sql, std::string_view doing);

  /// False after the file was removed or replaced under us: what is written then would not be found again.
  [[nodiscard]] bool still_in_place() const;
  /// SQLite's code for the last failed call on this connection.
  [[nodiscard]] int last_code() const { return sqlite3_extended_errcode(handle_.get()); }
  /// True while a transaction is open; SQLite ends it by itself on some errors (a full disk among them).
  [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  explicit SqliteDatabase(sqlite3* handle) : handle_(handle) {}
  /// `flags`: SQLITE_OPEN_x, besides those of every connection.
  [[nodiscard]] static Result<SqliteDatabase> connect(const std::string& name, int flags);

  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace jitgate
