#include "cli/grant_text.hpp"

#include "agent/model/duration.hpp"
#include "cli/json_view.hpp"
#include "cli/terminal_text.hpp"

namespace jitgate::cli {
namespace {

std::string status_text(const boost::json::value& port) {
  const std::string status = text_at(port, "status");
  const std::string reason = text_at(port, "statusReason");
  return reason.empty() ? status : status + " (" + reason + ")";
}

std::vector<std::string> row(const boost::json::value& grant, const boost::json::value& port, bool all) {
  std::vector<std::string> cells{text_at(grant, "id"), text_at(grant, "requestor"), port_text(port),
                                 text_at(port, "allowedSourceAddressPrefix"),
                                 remaining_text(number_at(port, "remainingSeconds"))};
  if (all) cells.push_back(status_text(port));
  cells.push_back(text_at(grant, "justification"));
  return cells;
}

}  // namespace

std::string remaining_text(std::int64_t seconds) {
  if (seconds <= 0) return "-";
  constexpr std::int64_t longest = std::chrono::duration_cast<std::chrono::seconds>(Duration::max()).count();
  return to_short_duration(std::chrono::seconds(std::min(seconds, longest)));
}

std::string port_text(const boost::json::value& port) {
  return std::to_string(number_at(port, "number")) + "/" + text_at(port, "protocol");
}

std::string opened_text(const boost::json::value& receipt) {
  const bool open = flag_at(receipt, "open");
  std::string text;
  for (const boost::json::value& port : list_at(receipt, "ports")) {
    text += (open ? "open: " : "granted, not open yet: ") + port_text(port) + " for " +
            text_at(port, "allowedSourceAddressPrefix") + " until " + text_at(port, "endTimeUtc") + " (" +
            remaining_text(number_at(port, "remainingSeconds")) + ")\n";
  }
  const std::string pending = text_at(receipt, "pendingReason");
  if (!open && !pending.empty()) text += "not open yet: " + pending + "\n";
  return printable_lines(text + "grant " + text_at(receipt, "id") + "\n");
}

std::string grants_table(const boost::json::value& grants, bool all) {
  std::vector<std::string> heading{"ID", "REQUESTOR", "PORT", "SOURCE", "REMAINING"};
  if (all) heading.push_back("STATUS");
  heading.push_back("JUSTIFICATION");
  std::vector<std::vector<std::string>> rows;
  const boost::json::array* list = grants.if_array();
  if (list == nullptr) return {};
  for (const boost::json::value& grant : *list) {
    for (const boost::json::value& port : list_at(grant, "ports")) {
      if (all || text_at(port, "status") != "Revoked") rows.push_back(row(grant, port, all));
    }
  }
  return rows.empty() ? "no grants\n" : table(heading, rows);
}

}  // namespace jitgate::cli
