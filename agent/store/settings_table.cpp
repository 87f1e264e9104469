#include "agent/store/settings_table.hpp"

namespace jitgate {

Result<SettingsTable> SettingsTable::prepare(SqliteDatabase& database) {
  auto put = SqliteStatement::prepare(
      database, "INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      "write a setting");
  if (!put) return put.error();
  auto all = SqliteStatement::prepare(database, "SELECT name, value FROM settings", "read the settings");
  if (!all) return all.error();
  return SettingsTable(std::move(*put), std::move(*all));
}

Result<void> SettingsTable::put(const std::string& name, const std::string& value) {
  return put_.bind(1, name).bind(2, value).run();
}

Result<std::map<std::string, std::string>> SettingsTable::all() {
  const ResetAtEnd at_end(all_);
  std::map<std::string, std::string> settings;
  for (;;) {
    auto more = all_.step();
    if (!more) return more.error();
    if (!*more) return settings;
    settings.emplace(all_.bytes(0), all_.bytes(1));
  }
}

}  // namespace jitgate
