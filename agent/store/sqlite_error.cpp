#include "agent/store/sqlite_error.hpp"

#include <string>
#include <system_error>

namespace jitgate {
namespace {

bool means_full(int system_error) {
  // SQLite reports a file size limit as a plain I/O error.
  return system_error == static_cast<int>(std::errc::no_space_on_device) ||
         system_error == static_cast<int>(std::errc::file_too_large);
}

bool means_read_only(int system_error) {
  return system_error == static_cast<int>(std::errc::read_only_file_system);
}

std::string with_system_error(std::string text, int system_error) {
  if (system_error == 0) return text;
  return text + " (" + std::generic_category().message(system_error) + ")";
}

std::string cause(sqlite3* database, int code) {
  const int system_error = database == nullptr ? 0 : sqlite3_system_errno(database);
  switch (code & 0xff) {
    case SQLITE_FULL:
      return "the disk is full";
    case SQLITE_IOERR:
      if (means_full(system_error)) return "the disk is full";
      if (means_read_only(system_error)) return "the file system is read-only";
      return with_system_error("reading or writing has failed", system_error);
    case SQLITE_CANTOPEN:
      if (means_full(system_error)) return "the disk is full";
      if (means_read_only(system_error)) return "the file system is read-only";
      return with_system_error("the file cannot be opened", system_error);
    case SQLITE_READONLY:
      return "the database is read-only";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return std::string("the database is corrupt (") + sqlite3_errstr(code) + ")";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "the database is locked by another program";
    default:
      return database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database);
  }
}

}  // namespace

Error sqlite_error(sqlite3* database, int code, std::string_view doing) {
  const char* file = database == nullptr ? nullptr : sqlite3_db_filename(database, "main");
  std::string message = "cannot ";
  message.append(doing).append(": ").append(cause(database, code));
  return error(errc::store_failed, std::move(message), file == nullptr ? "" : file);
}

bool says_corrupt(int code) {
  return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
}

}  // namespace jitgate
