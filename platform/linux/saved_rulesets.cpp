#include "platform/saved_rulesets.hpp"

#include <fstream>
#include <optional>
#include <string_view>

namespace jitgate {
namespace {

constexpr std::string_view kSpaces = " \t\r";

std::string_view trimmed(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(kSpaces) - begin + 1);
}

/// Our table, or the comment that our rules in chains of others begin with; quoted by nft and iptables-save alike.
bool is_ours(std::string_view line) {
  if (line.starts_with('#')) return false;
  constexpr std::string_view kTable = "table inet jitgate";
  const bool is_table =
      line == kTable || (line.starts_with(kTable) && line.find_first_of(" {", kTable.size()) == kTable.size());
  return is_table || line.find("\"jitgate: ") != std::string_view::npos;
}

std::optional<std::string> first_of_ours(const std::string& path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (is_ours(trimmed(line))) return std::string(trimmed(line));
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> usual_saved_rulesets() {
  return {"/etc/nftables.conf", "/etc/iptables/rules.v4", "/etc/iptables/rules.v6"};
}

std::vector<SavedRuleset> find_saved_rulesets(const std::vector<std::string>& paths) {
  std::vector<SavedRuleset> found;
  for (const std::string& path : paths) {
    if (auto line = first_of_ours(path)) found.push_back({path, std::move(*line)});
  }
  return found;
}

}  // namespace jitgate
