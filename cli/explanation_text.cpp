#include "cli/explanation_text.hpp"

#include "cli/grant_text.hpp"
#include "cli/json_view.hpp"
#include "cli/terminal_text.hpp"

namespace jitgate::cli {
namespace {

std::string joined(const boost::json::array& list) {
  std::string text;
  for (const boost::json::value& one : list) {
    if (one.is_string()) text += (text.empty() ? "" : ", ") + std::string(one.get_string().c_str());
  }
  return text;
}

std::string verdict_text(const boost::json::value& explanation) {
  const std::string verdict = text_at(explanation, "verdict");
  if (verdict == "notLocked") return "passes jitgate: the port is not in the policy";
  if (verdict == "notEnforcing") return "passes jitgate: no lock stands";
  if (verdict == "alwaysAllowed") return "passes: alwaysAllow has " + text_at(explanation, "entry");
  if (verdict == "loopback") return "passes: what this machine says to itself is never locked";
  if (verdict == "locked") return "locked: no grant matches";
  if (verdict != "granted") return verdict;
  const std::string grants = joined(list_at(explanation, "grants"));
  return "passes: the kernel's entry " + text_at(explanation, "entry") + " admits it for another " +
         remaining_text(number_at(explanation, "remainingSeconds")) + (grants.empty() ? "" : " (grant " + grants + ")");
}

}  // namespace

std::string exposure_text(const boost::json::value& exposure) {
  const std::int64_t packets = number_at(exposure, "packets");
  std::string text = "through " + text_at(exposure, "by") + " (" + text_at(exposure, "transport") + "): ";
  if (packets == 0) {
    text += "its rules may accept it; nobody was seen yet";
  } else {
    text += std::to_string(packets) + (packets == 1 ? " packet" : " packets") + " let in";
    if (const std::string sources = joined(list_at(exposure, "sources")); !sources.empty()) text += ", from " + sources;
  }
  return text + (flag_at(exposure, "acknowledged") ? " (acknowledged)" : "");
}

std::string explanation_text(const boost::json::value& explanation) {
  std::string text = text_at(explanation, "source") + " to " + std::to_string(number_at(explanation, "number")) + "/" +
                     text_at(explanation, "transport") + " " + verdict_text(explanation) + '\n';
  text = printable(text.substr(0, text.size() - 1)) + '\n';
  for (const boost::json::value& exposure : list_at(explanation, "observed")) {
    text += printable("observed: " + exposure_text(exposure)) + '\n';
  }
  return text;
}

}  // namespace jitgate::cli
