#include "cli/policy_text.hpp"

#include <chrono>

#include "agent/model/duration.hpp"
#include "cli/grant_text.hpp"
#include "cli/json_view.hpp"
#include "cli/terminal_text.hpp"

namespace jitgate::cli {
namespace {

std::string joined(const boost::json::array& texts) {
  std::string all;
  for (const boost::json::value& text : texts) {
    if (!text.is_string()) continue;
    if (!all.empty()) all += ", ";
    all += std::string_view(text.get_string().data(), text.get_string().size());
  }
  return all;
}

std::string sources_of(const boost::json::value& port) {
  const std::string one = text_at(port, "allowedSourceAddressPrefix");
  return one.empty() ? joined(list_at(port, "allowedSourceAddressPrefixes")) : one;
}

std::string short_duration(const std::string& iso) {
  const Result<Duration> duration = parse_iso_duration(iso);
  return duration ? to_short_duration(*duration) : iso;
}

std::string on_expiry_of(const boost::json::value& port) {
  const boost::json::value* rule = find(port, "onExpiry");
  if (rule == nullptr || rule->is_string()) return text_at(port, "onExpiry");
  return "keep at most " + short_duration(text_at(*rule, "keepAtMost"));
}

}  // namespace

std::string policy_table(const boost::json::value& policy) {
  std::vector<std::vector<std::string>> rows;
  for (const boost::json::value& port : list_at(policy, "ports")) {
    rows.push_back({port_text(port), sources_of(port), short_duration(text_at(port, "maxRequestAccessDuration")),
                    flag_at(port, "requireJustification") ? "required" : "-",
                    flag_at(port, "requireApproval") ? "required" : "-", on_expiry_of(port)});
  }
  const std::vector<std::string> heading{"PORT", "FROM", "AT MOST", "JUSTIFICATION", "APPROVAL", "ON EXPIRY"};
  std::string text = rows.empty() ? "no ports are locked\n" : table(heading, rows);
  const std::string always = joined(list_at(policy, "alwaysAllow"));
  if (!always.empty()) text += "\nnever locked out: " + printable(always) + '\n';
  const bool by_api = text_at(policy, "authority") == "api";
  text += by_api ? "\nset by the API (jitgate policy set)\n" : "\nset by the configuration file\n";
  return text;
}

}  // namespace jitgate::cli
