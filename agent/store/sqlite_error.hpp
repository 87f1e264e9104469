#pragma once

#include <sqlite3.h>

#include <string_view>

#include "agent/model/result.hpp"

namespace jitgate {

/// errc::store_failed with a message that names the cause for people: "cannot commit: the disk is full". `code` is what
/// the SQLite call returned; the operating system's error is asked of `database`, so call it before anything else on
/// that connection. `database` may be null. Target: the database's file.
[[nodiscard]] Error sqlite_error(sqlite3* database, int code, std::string_view doing);

/// True when the code says that the file itself is damaged (SQLITE_CORRUPT, SQLITE_NOTADB).
[[nodiscard]] bool says_corrupt(int code);

}  // namespace jitgate
