#include "tests/netns/random_ruleset.hpp"

#include <algorithm>
#include <array>

namespace jitgate::netns {

RandomRuleset::RandomRuleset(std::mt19937& random, const Vocabulary& vocabulary)
    : random_(random), vocabulary_(vocabulary) {
  const int tables = 1 + pick(3);
  for (int i = 0; i < tables; ++i) tables_.push_back(make_table(i));
}

RandomRuleset::Table RandomRuleset::make_table(int number) const {
  static constexpr std::array kFamilies{"ip", "ip6", "inet"};
  static constexpr std::array kPriorities{-300, -150, -10, 0, 0, 0, 10, 300};
  Table table;
  table.family = kFamilies.at(static_cast<std::size_t>(pick(3)));
  table.name = "t" + std::to_string(number);
  const int bases = 1 + pick(2);
  const int others = pick(3);
  for (int i = 0; i < bases + others; ++i) {
    Chain chain;
    chain.name = "c" + std::to_string(i);
    if (i < bases) {
      chain.priority = kPriorities.at(static_cast<std::size_t>(pick(kPriorities.size())));
      chain.drops = chance(30);
    }
    table.chains.push_back(std::move(chain));
  }
  for (std::size_t i = 0; i < table.chains.size(); ++i) {
    const int rules = pick(5);
    for (int rule = 0; rule < rules; ++rule) table.chains[i].rules.push_back(make_rule(table, i));
  }
  return table;
}

RandomRuleset::Verdict RandomRuleset::make_verdict(const Table& table, std::size_t chain) const {
  std::vector<std::size_t> targets;
  for (std::size_t i = chain + 1; i < table.chains.size(); ++i) {
    if (!table.chains[i].priority) targets.push_back(i);
  }
  switch (pick(targets.empty() ? 7 : 11)) {
    case 0:
    case 1:
    case 2:
      return {Action::accept};
    case 3:
    case 4:
      return {Action::drop};
    case 5:
      return {Action::back};
    case 6:
      return {Action::next};
    case 7:
      return {Action::go, targets[static_cast<std::size_t>(pick(static_cast<int>(targets.size())))]};
    default:
      return {Action::jump, targets[static_cast<std::size_t>(pick(static_cast<int>(targets.size())))]};
  }
}

RandomRuleset::Rule RandomRuleset::make_rule(const Table& table, std::size_t chain) const {
  Rule rule;
  const bool ipv6 = table.family == "ip6" || (table.family == "inet" && chance(50));
  const auto& sources = ipv6 ? vocabulary_.ipv6 : vocabulary_.ipv4;
  if (chance(40)) rule.source = sources[static_cast<std::size_t>(pick(static_cast<int>(sources.size())))];
  if (chance(15)) rule.established = true;
  if (chance(20)) {
    for (const int port : vocabulary_.ports) {
      if (chance(70)) rule.map.emplace_back(port, make_verdict(table, chain));
    }
    if (!rule.map.empty()) return rule;
  }
  if (chance(50))
    rule.ports = {vocabulary_.ports[static_cast<std::size_t>(pick(static_cast<int>(vocabulary_.ports.size())))]};
  if (chance(15)) rule.ports = vocabulary_.ports;
  rule.verdict = make_verdict(table, chain);
  return rule;
}

std::string RandomRuleset::text(const Table& table, const Verdict& verdict) {
  switch (verdict.action) {
    case Action::next:
      return "continue";
    case Action::accept:
      return "accept";
    case Action::drop:
      return "drop";
    case Action::back:
      return "return";
    case Action::jump:
      return "jump " + table.chains[verdict.chain].name;
    case Action::go:
      return "goto " + table.chains[verdict.chain].name;
  }
  return {};
}

std::string RandomRuleset::text(const Table& table, const Rule& rule) {
  std::string line;
  if (rule.source)
    line += (rule.source->find(':') == std::string::npos ? "ip saddr " : "ip6 saddr ") + *rule.source + " ";
  if (rule.established) line += "ct state established ";
  if (!rule.map.empty()) {
    line += "th dport vmap { ";
    for (std::size_t i = 0; i < rule.map.size(); ++i) {
      line += (i == 0 ? "" : ", ") + std::to_string(rule.map[i].first) + " : " + text(table, rule.map[i].second);
    }
    return line + " }";
  }
  if (rule.ports.size() == 1) line += "th dport " + std::to_string(rule.ports.front()) + " ";
  if (rule.ports.size() > 1) {
    line += "th dport { ";
    for (std::size_t i = 0; i < rule.ports.size(); ++i) line += (i == 0 ? "" : ", ") + std::to_string(rule.ports[i]);
    line += " } ";
  }
  return line + text(table, rule.verdict);
}

std::string RandomRuleset::text() const {
  std::string out;
  for (const Table& table : tables_) {
    out += "table " + table.family + " " + table.name + " {\n";
    // Chains must be there before a rule leads to them.
    for (auto chain = table.chains.rbegin(); chain != table.chains.rend(); ++chain) {
      out += " chain " + chain->name + " {\n";
      if (chain->priority) {
        out += "  type filter hook input priority " + std::to_string(*chain->priority) + "; policy " +
               (chain->drops ? "drop" : "accept") + ";\n";
      }
      for (const Rule& rule : chain->rules) out += "  " + text(table, rule) + "\n";
      out += " }\n";
    }
    out += "}\n";
  }
  return out;
}

RandomRuleset::Verdict RandomRuleset::verdict_of(const Rule& rule, const JudgedPacket& packet) {
  if (rule.source && *rule.source != packet.source) return {};
  if (rule.established && !packet.established) return {};
  if (!rule.map.empty()) {
    const auto entry = std::ranges::find(rule.map, packet.port, [](const auto& one) { return one.first; });
    return entry == rule.map.end() ? Verdict{} : entry->second;
  }
  if (!rule.ports.empty() && std::ranges::find(rule.ports, packet.port) == rule.ports.end()) return {};
  return rule.verdict;
}

bool RandomRuleset::leaves(const Rule& rule) {
  const auto leaving = [](const Verdict& verdict) {
    return verdict.action == Action::back || verdict.action == Action::go;
  };
  if (rule.map.empty()) return leaving(rule.verdict);
  return std::ranges::any_of(rule.map, [&](const auto& one) { return leaving(one.second); });
}

RandomRuleset::Outcome RandomRuleset::walk(const Table& table, std::size_t chain, const JudgedPacket& packet,
                                           bool base) {
  for (const Rule& rule : table.chains[chain].rules) {
    const Verdict verdict = verdict_of(rule, packet);
    const bool hidden = base && leaves(rule);
    Outcome inner;
    switch (verdict.action) {
      case Action::next:
        continue;
      case Action::accept:
      case Action::drop:
        return {verdict.action, hidden};
      case Action::back:
        return {};
      case Action::go:
        inner = walk(table, verdict.chain, packet, false);
        return {inner.action, hidden};
      case Action::jump:
        inner = walk(table, verdict.chain, packet, false);
        if (inner.action != Action::next) return {inner.action, hidden};
    }
  }
  return {};
}

RandomRuleset::Judgement RandomRuleset::judge(const JudgedPacket& packet) const {
  Judgement judgement;
  for (const Table& table : tables_) {
    if (table.family == (packet.ipv6 ? "ip" : "ip6")) continue;
    for (std::size_t i = 0; i < table.chains.size(); ++i) {
      const Chain& chain = table.chains[i];
      if (!chain.priority) continue;
      const Outcome outcome = walk(table, i, packet, true);
      const bool dropped = outcome.action == Action::drop || (outcome.action == Action::next && chain.drops);
      judgement.dropped = judgement.dropped || dropped;
      judgement.accepted = judgement.accepted || (outcome.action == Action::accept && !outcome.hidden);
    }
  }
  return judgement;
}

}  // namespace jitgate::netns
