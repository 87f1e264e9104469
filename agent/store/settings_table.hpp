#pragma once

#include <map>
#include <string>

#include "agent/store/sqlite_statement.hpp"

namespace jitgate {

/// The table `settings`: named values that outlive the process.
class SettingsTable {
 public:
  [[nodiscard]] static Result<SettingsTable> prepare(SqliteDatabase& database);

  [[nodiscard]] Result<void> put(const std::string& name, const std::string& value);
  [[nodiscard]] Result<std::map<std::string, std::string>> all();

 private:
  SettingsTable(SqliteStatement put, SqliteStatement all) : put_(std::move(put)), all_(std::move(all)) {}

  SqliteStatement put_;
  SqliteStatement all_;
};

}  // namespace jitgate
