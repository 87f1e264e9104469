#include "cli/status_text.hpp"

#include <algorithm>

#include "agent/model/timestamp.hpp"
#include "cli/explanation_text.hpp"
#include "cli/grant_text.hpp"
#include "cli/json_view.hpp"
#include "cli/terminal_text.hpp"

namespace jitgate::cli {
namespace {

std::int64_t grant_count(const boost::json::value& status, std::string_view which) {
  const boost::json::value* grants = find(status, "grants");
  return grants == nullptr ? 0 : number_at(*grants, which);
}

std::string backend_text(const boost::json::value& status) {
  const boost::json::value* backend = find(status, "backend");
  if (backend == nullptr) return {};
  return text_at(*backend, "name") + (flag_at(*backend, "ownsTable") ? ", table owned" : ", table not owned");
}

/// A field a line, values aligned.
std::string line(std::string_view name, std::string_view value) {
  std::string text(name);
  text.append(name.size() < 10 ? 10 - name.size() : 1, ' ');
  return text + printable(value) + '\n';
}

/// What the last seven days brought: requests, the latest access, and whose it was.
std::vector<std::string> lately(const boost::json::value& port) {
  const boost::json::value* days = find(port, "lastSevenDays");
  if (days == nullptr) return {"", "", ""};
  return {std::to_string(number_at(*days, "approvedRequests")), text_at(*days, "lastAccess"),
          text_at(*days, "lastUser")};
}

std::string ports_table(const boost::json::value& status) {
  std::vector<std::vector<std::string>> rows;
  for (const boost::json::value& port : list_at(status, "ports")) {
    rows.push_back({port_text(port), text_at(port, "effective"), std::to_string(number_at(port, "activeGrants"))});
    std::ranges::move(lately(port), std::back_inserter(rows.back()));
  }
  std::string text =
      rows.empty() ? "" : "\n" + table({"PORT", "EFFECTIVE", "GRANTS", "7 DAYS", "LAST ACCESS", "LAST USER"}, rows);
  for (const boost::json::value& port : list_at(status, "ports")) {
    for (const boost::json::value& exposure : list_at(port, "exposures")) {
      text += printable(port_text(port) + " is open " + exposure_text(exposure)) + '\n';
    }
  }
  return text;
}

std::string sources_table(const boost::json::value& status) {
  std::vector<std::vector<std::string>> rows;
  for (const boost::json::value& source : list_at(status, "sources")) {
    rows.push_back({text_at(source, "name"), text_at(source, "type"), text_at(source, "state"),
                    text_at(source, "lastSync"), text_at(source, "lastError")});
  }
  return rows.empty() ? "" : "\n" + table({"SOURCE", "TYPE", "STATE", "LAST SYNC", "LAST ERROR"}, rows);
}

std::string trial_text(const boost::json::value& status, WallTime now) {
  const Result<WallTime> end = parse_timestamp(text_at(status, "trialEndsUtc"));
  if (!end) return {};
  const auto left = std::chrono::duration_cast<std::chrono::seconds>(*end - now).count();
  return line("trial", "ends in " + remaining_text(left) + " unless confirmed: jitgate enable --confirmed");
}

}  // namespace

std::string brief_status(const boost::json::value& status) {
  const boost::json::array& ports = list_at(status, "ports");
  const auto locked =
      std::ranges::count_if(ports, [](const boost::json::value& port) { return flag_at(port, "locked"); });
  const std::int64_t grants = grant_count(status, "active");
  std::string text = text_at(status, "state") + (flag_at(status, "inSync") ? ", in sync: " : ", out of sync: ");
  text += std::to_string(locked) + " of " + std::to_string(ports.size()) + " ports ";
  text += text_at(status, "mode") == "audit" ? "would be locked, " : "locked, ";
  text += std::to_string(grants) + (grants == 1 ? " grant" : " grants");
  for (const std::string& exposure : unacknowledged_exposures(status)) text += "; open: " + exposure;
  for (const boost::json::value& reason : list_at(status, "reasons")) {
    if (reason.is_string()) text += "; " + std::string(reason.get_string().c_str());
  }
  return printable(text) + '\n';
}

std::string full_status(const boost::json::value& status, WallTime now) {
  std::string text = line("host", text_at(status, "host"));
  text += line("state", text_at(status, "state") + " (mode " + text_at(status, "mode") + ")");
  text += line("policy", text_at(status, "policyAuthority") == "api" ? "set by the API" : "set by the file");
  text += line("in sync", flag_at(status, "inSync") ? "yes" : "no");
  for (const boost::json::value& reason : list_at(status, "reasons")) {
    if (reason.is_string()) text += line("reason", reason.get_string().c_str());
  }
  text += line("backend", backend_text(status));
  text += line("grants", std::to_string(grant_count(status, "active")) + " active, " +
                             std::to_string(grant_count(status, "pending")) + " pending");
  text += line("denied", std::to_string(number_at(status, "deniedPackets")) + " packets");
  text += line("drift", std::to_string(number_at(status, "drift")) + " foreign changes mended");
  return text + trial_text(status, now) + ports_table(status) + sources_table(status);
}

std::vector<std::string> unacknowledged_exposures(const boost::json::value& status) {
  std::vector<std::string> texts;
  for (const boost::json::value& port : list_at(status, "ports")) {
    for (const boost::json::value& exposure : list_at(port, "exposures")) {
      if (!flag_at(exposure, "acknowledged")) texts.push_back(port_text(port) + " " + exposure_text(exposure));
    }
  }
  return texts;
}

bool is_healthy(const boost::json::value& status) {
  if (!flag_at(status, "inSync")) return false;
  // What others leave open counts until somebody has said that it is meant so.
  const auto is_locked = [](const boost::json::value& port) {
    if (text_at(port, "effective") == "locked") return true;
    const boost::json::array& exposures = list_at(port, "exposures");
    return flag_at(port, "locked") && !exposures.empty() &&
           std::ranges::all_of(exposures,
                               [](const boost::json::value& exposure) { return flag_at(exposure, "acknowledged"); });
  };
  return text_at(status, "state") == "enforcing" && std::ranges::all_of(list_at(status, "ports"), is_locked);
}

}  // namespace jitgate::cli
