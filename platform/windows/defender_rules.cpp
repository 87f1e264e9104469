#include "platform/windows/defender_rules.hpp"

#include <algorithm>

#include "platform/windows/wfp_filter.hpp"

namespace jitgate {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool concerns(const DefenderRule& rule, const TransportPort& port, const DefenderProfile& profile) {
  if ((rule.profiles & profile.type) == 0) return false;
  if (rule.transport && *rule.transport != port.transport) return false;
  const auto holds = [&](const auto& range) {
    return range.first <= port.number.value() && port.number.value() <= range.second;
  };
  return rule.ports.empty() || std::ranges::any_of(rule.ports, holds);
}

std::optional<std::string> problem_of(const DefenderState& state, const TransportPort& port,
                                      const DefenderProfile& profile) {
  const std::string what = std::to_string(port.number.value()) + "/" + std::string(to_string(port.transport)) +
                           " (profile " + profile.name + ")";
  constexpr std::string_view kRemedy = "; enforcement.grants: hard makes grants win";
  if (profile.blocks_all)
    return "Windows Defender Firewall blocks all incoming connections: no grant opens " + what + std::string(kRemedy);
  const DefenderRule* allowing = nullptr;
  for (const DefenderRule& rule : state.rules) {
    if (!concerns(rule, port, profile)) continue;
    if (!rule.allows) {
      return "the rule \"" + rule.name + "\" of Windows Defender Firewall blocks " + what +
             (rule.from_anywhere ? "" : " for some addresses") + ": no grant opens it there" + std::string(kRemedy);
    }
    allowing = &rule;
  }
  if (allowing != nullptr || !profile.blocks_by_default) return std::nullopt;
  return "no rule of Windows Defender Firewall allows " + what + ": no grant opens it" + std::string(kRemedy);
}

}  // namespace

std::optional<std::vector<std::pair<std::uint16_t, std::uint16_t>>> parse_defender_ports(std::string_view text) {
  std::vector<std::pair<std::uint16_t, std::uint16_t>> ports;
  text = trimmed(text);
  if (text.empty() || text == "*") return ports;
  while (!text.empty()) {
    const auto comma = text.find(',');
    const std::string_view part = trimmed(text.substr(0, comma));
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    const auto dash = part.find('-');
    const auto first = PortNumber::parse(trimmed(part.substr(0, dash)));
    const auto last = dash == std::string_view::npos ? first : PortNumber::parse(trimmed(part.substr(dash + 1)));
    if (!first || !last) return std::nullopt;
    ports.emplace_back(first->value(), last->value());
  }
  return ports;
}

std::vector<std::string> defender_problems(const DefenderState& state, const Lock& lock, bool hard_grants) {
  std::vector<std::string> problems;
  if (hard_grants || lock.deny == DenyAction::audit) return problems;
  for (const TransportPort& port : lock.ports) {
    if (!wfp::has_filter(port.transport)) continue;
    for (const DefenderProfile& profile : state.profiles)
      if (auto problem = problem_of(state, port, profile)) problems.push_back(std::move(*problem));
  }
  return problems;
}

}  // namespace jitgate
