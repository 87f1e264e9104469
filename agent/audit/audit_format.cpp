#include "agent/audit/audit_format.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "agent/audit/audit_text.hpp"
#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

struct Field {
  std::string_view heading;  ///< of the table
  std::string_view name;     ///< in JSON
  std::string (*text)(const AuditEvent&);
};

std::string generation_text(const AuditEvent& event) {
  return event.generation == 0 ? std::string() : std::to_string(event.generation);
}

constexpr std::array<Field, 12> kFields{{
    {"SEQ", "sequence", [](const AuditEvent& event) { return std::to_string(event.sequence); }},
    {"TIME", "time", [](const AuditEvent& event) { return to_string(event.at); }},
    {"OPERATION", "operation", [](const AuditEvent& event) { return event.operation; }},
    {"OUTCOME", "outcome", [](const AuditEvent& event) { return event.outcome; }},
    {"CALLER", "caller", [](const AuditEvent& event) { return event.caller; }},
    {"PEER", "peer", [](const AuditEvent& event) { return event.peer; }},
    {"GRANT", "grantId", [](const AuditEvent& event) { return event.grant_id; }},
    {"RESOURCE", "resource", [](const AuditEvent& event) { return event.resource; }},
    {"JUSTIFICATION", "justification", [](const AuditEvent& event) { return event.justification; }},
    {"REASON", "reason", [](const AuditEvent& event) { return event.reason; }},
    {"GENERATION", "generation", generation_text},
    {"", "ports", [](const AuditEvent& event) { return event.ports; }},
}};
constexpr std::size_t kTableColumns = kFields.size() - 1;  // the resource says which ports, and more

/// Of CSV: those of the Activity Log first, by its names; then what only we have.
struct Column {
  std::string_view name;
  std::string_view field;  ///< in JSON
};
constexpr std::array<Column, kFields.size()> kColumns{{
    {"time", "time"},
    {"operationName", "operation"},
    {"status", "outcome"},
    {"caller", "caller"},
    {"resource", "resource"},
    {"justification", "justification"},
    {"reason", "reason"},
    {"peer", "peer"},
    {"grantId", "grantId"},
    {"ports", "ports"},
    {"generation", "generation"},
    {"sequence", "sequence"},
}};

constexpr const Field& field_named(std::string_view name) {
  return *std::ranges::find(kFields, name, &Field::name);
}

using Row = std::array<std::string, kTableColumns>;
using Widths = std::array<std::size_t, kTableColumns>;

constexpr auto kTableFields = std::span(kFields).first<kTableColumns>();

Row heading_row() {
  Row row;
  std::ranges::transform(kTableFields, row.begin(), [](const Field& field) { return std::string(field.heading); });
  return row;
}

Row table_row(const AuditEvent& event) {
  Row row;
  std::ranges::transform(kTableFields, row.begin(), [&](const Field& field) {
    std::string cell = terminal_text(field.text(event));
    return cell.empty() ? std::string("-") : cell;
  });
  return row;
}

std::string aligned(const Row& row, const Widths& widths) {
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    line += row[i];
    if (i + 1 < row.size()) line.append(widths[i] - text_width(row[i]) + 2, ' ');
  }
  return line + "\n";
}

bool looks_like_a_formula(std::string_view text) {
  if (text.empty()) return false;
  if (text.front() == '\t' || text.front() == '\r' || text.front() == '\n') return true;
  const std::size_t first = text.find_first_not_of(' ');
  return first != std::string_view::npos && std::string_view("=+-@").find(text[first]) != std::string_view::npos;
}

std::string csv_field(std::string_view given) {
  std::string text = file_text(given);
  if (looks_like_a_formula(text)) text.insert(0, 1, '\'');
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char byte : text) quoted.append(byte == '"' ? 2 : 1, byte);
  return quoted + "\"";
}

template <class Cell>
std::string csv_line(Cell cell) {
  std::string line;
  for (const Column& column : kColumns) {
    if (!line.empty()) line += ",";
    line += csv_field(cell(column));
  }
  return line + "\r\n";
}

}  // namespace

std::string audit_table_text(const std::vector<AuditEvent>& events) {
  std::vector<Row> rows{heading_row()};
  std::ranges::transform(events, std::back_inserter(rows), table_row);
  Widths widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], text_width(row[i]));
  }
  std::string text;
  for (const Row& row : rows) text += aligned(row, widths);
  return text;
}

std::string audit_csv(const std::vector<AuditEvent>& events) {
  std::string text = csv_line([](const Column& column) { return std::string(column.name); });
  for (const AuditEvent& event : events) {
    text += csv_line([&](const Column& column) { return field_named(column.field).text(event); });
  }
  return text;
}

std::string audit_json_lines(const std::vector<AuditEvent>& events) {
  std::string text;
  for (const AuditEvent& event : events) {
    text += "{\"sequence\":" + std::to_string(event.sequence);
    for (const Field& field : kFields) {
      if (field.name == "sequence" || field.name == "generation") continue;
      text.append(",").append(json_text(field.name)).append(":").append(json_text(field.text(event)));
    }
    text += ",\"generation\":" + (event.generation == 0 ? "null" : std::to_string(event.generation)) + "}\n";
  }
  return text;
}

}  // namespace jitgate
