#pragma once

#include <cstdint>
#include <span>

#include "agent/model/result.hpp"
#include "agent/store/sqlite_database.hpp"

namespace jitgate {

/// "jitg": what file(1) and this program know a state.db by (SQLite's application_id, sqlite.org/fileformat2.html).
inline constexpr std::int64_t kApplicationId = 0x6a697467;

/// One step of the schema: the SQL that brings a database of the version before it to this version. Never changed once
/// released.
struct Migration {
  const char* sql;
};

/// Entry N leads from version N to version N + 1; an empty file is version 0.
[[nodiscard]] std::span<const Migration> migrations();

/// Checks, without changing anything, that the file is empty or one of ours, and that its version is not above
/// `known.size()`. The error says which of them does not hold. True: it is of the newest version.
[[nodiscard]] Result<bool> inspect_schema(SqliteDatabase& database, std::span<const Migration> known);

/// Reads the whole file: are its pages sound (sqlite.org/pragma.html, "quick_check")?
[[nodiscard]] Result<void> check_pages(SqliteDatabase& database);

/// Brings an inspected database to the newest version, all in one transaction.
[[nodiscard]] Result<void> migrate_schema(SqliteDatabase& database, std::span<const Migration> known);

}  // namespace jitgate
