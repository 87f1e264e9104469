#include "cli/doctor_text.hpp"

#include <algorithm>
#include <vector>

#include "cli/json_view.hpp"
#include "cli/terminal_text.hpp"

namespace jitgate::cli {
namespace {

std::string joined(const boost::json::array& parts) {
  std::string text;
  for (const boost::json::value& part : parts) {
    if (!part.is_string()) continue;
    if (!text.empty()) text += ", ";
    text += part.get_string();
  }
  return text;
}

std::string ports_table(const boost::json::value& report) {
  std::vector<std::vector<std::string>> rows;
  for (const boost::json::value& port : list_at(report, "ports")) {
    rows.push_back({std::to_string(number_at(port, "number")) + "/" + text_at(port, "transport"),
                    joined(list_at(port, "addresses")), joined(list_at(port, "processes")),
                    text_at(port, "protection")});
  }
  return rows.empty() ? "" : "\n" + table({"PORT", "LISTENS ON", "PROGRAM", "PROTECTION"}, rows);
}

/// Each line of it, four spaces in.
std::string indented(const std::string& text) {
  std::string lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines += "    " + printable(text.substr(begin, end - begin)) + '\n';
    begin = end + 1;
  }
  return lines;
}

}  // namespace

std::string doctor_text(const boost::json::value& report) {
  std::string text = printable(text_at(report, "verdict")) + '\n' + ports_table(report);
  for (const boost::json::value& finding : list_at(report, "findings")) {
    text += '\n' +
            printable(text_at(finding, "severity") + ": " + text_at(finding, "message") + " [" +
                      text_at(finding, "code") + "]") +
            '\n' + indented(text_at(finding, "remedy"));
  }
  return text;
}

bool is_acceptable(const boost::json::value& report) {
  const std::string verdict = text_at(report, "verdict");
  return verdict == "Healthy" || verdict == "NotApplicable";
}

}  // namespace jitgate::cli
