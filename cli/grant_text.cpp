#include "cli/grant_text.hpp"

#include <algorithm>

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

/// Below the table, for each that is shown as if its time were running, and is closed.
std::string closed_text(const boost::json::value& grant) {
  const std::string reason = text_at(grant, "pendingReason");
  return reason.empty() ? "" : printable_lines("not open: " + text_at(grant, "id") + ": " + reason + "\n");
}

std::string pending_text(const boost::json::value& receipt) {
  std::string text;
  for (const boost::json::value& port : list_at(receipt, "ports"))
    text += "waits for approval: " + port_text(port) + " for " + text_at(port, "allowedSourceAddressPrefix") + "\n";
  text += text_at(receipt, "pendingReason") + ": jitgate approve " + text_at(receipt, "id") + "\n";
  return printable_lines(text + "request " + text_at(receipt, "id") + "\n");
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

bool is_pending(const boost::json::value& grant) {
  return std::ranges::any_of(list_at(grant, "ports"), [](const boost::json::value& port) {
    return text_at(port, "status") == "Initiated" && text_at(port, "statusReason") == "Pending";
  });
}

std::string opened_text(const boost::json::value& receipt) {
  if (is_pending(receipt)) return pending_text(receipt);
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
  std::string closed;
  for (const boost::json::value& grant : *list) {
    for (const boost::json::value& port : list_at(grant, "ports")) {
      if (all || text_at(port, "status") != "Revoked") rows.push_back(row(grant, port, all));
    }
    closed += closed_text(grant);
  }
  return rows.empty() ? "no grants\n" : table(heading, rows) + closed;
}

std::string requests_table(const boost::json::value& requests) {
  const std::vector<std::string> heading{"ID",        "REQUESTOR", "PORT",         "SOURCE",
                                         "ASKED FOR", "DECIDE BY", "JUSTIFICATION"};
  std::vector<std::vector<std::string>> rows;
  const boost::json::array* list = requests.if_array();
  if (list == nullptr) return {};
  for (const boost::json::value& request : *list) {
    for (const boost::json::value& port : list_at(request, "ports")) {
      const std::string length = text_at(port, "duration");
      rows.push_back({text_at(request, "id"), text_at(request, "requestor"), port_text(port),
                      text_at(port, "allowedSourceAddressPrefix"),
                      length.empty() ? "until " + text_at(port, "endTimeUtc") : length, text_at(request, "decideBy"),
                      text_at(request, "justification")});
    }
  }
  return rows.empty() ? "no requests\n" : table(heading, rows);
}

}  // namespace jitgate::cli
