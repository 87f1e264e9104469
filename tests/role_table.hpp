#pragma once

#include <array>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace jitgate {

/// The columns of the table of roles in docs/security.md, in its order.
inline constexpr std::array<const char*, 5> kRoleColumns{"everybody", "reader", "requester", "approver",
                                                         "administrator"};

/// A row of that table: a call, and who may make it.
struct RoleRow {
  std::string call;               ///< "GET /v1/status"
  std::string command;            ///< "status"; empty: there is none
  std::array<bool, 5> allowed{};  ///< by kRoleColumns
  std::string permission;         ///< "…/read"; empty: none
};

inline std::string without_quotes(std::string text) {
  const auto first = text.find_first_not_of(" `");
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(" `") - first + 1);
}

inline std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  for (std::size_t at = 1; at < line.size();) {
    const auto end = line.find('|', at);
    if (end == std::string::npos) break;
    cells.push_back(without_quotes(line.substr(at, end - at)));
    at = end + 1;
  }
  return cells;
}

/// Every row whose first cell is a call.
inline std::vector<RoleRow> role_table(const std::string& documents) {
  std::ifstream file(documents + "/security.md");
  std::vector<RoleRow> rows;
  for (std::string line; std::getline(file, line);) {
    const auto cells = cells_of(line);
    const bool is_call = cells.size() == 8 && cells[0].find(" /") != std::string::npos;
    const bool is_azure = cells.size() == 8 && cells[0].find(" …/") != std::string::npos;
    if (!is_call && !is_azure) continue;
    RoleRow row{cells[0], cells[1], {}, cells[7]};
    if (row.command.starts_with("jitgate ")) row.command.erase(0, 8);
    for (std::size_t i = 0; i < row.allowed.size(); ++i) row.allowed.at(i) = !cells[2 + i].empty();
    rows.push_back(std::move(row));
  }
  if (rows.empty()) throw std::runtime_error("no table of roles in " + documents + "/security.md");
  return rows;
}

}  // namespace jitgate
