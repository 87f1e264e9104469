#include "platform/linux/foreign_reach.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "platform/linux/foreign_tag.hpp"

namespace jitgate::nft {
namespace {

using Classes = std::set<PacketClass>;

/// Beyond so many, they are taken for everything: a report, not a judgement.
constexpr std::size_t kMostClasses = 1024;

void add(Classes& to, PacketClass one) {
  if (one.empty()) return;
  if (to.size() >= kMostClasses) to = {PacketClass()};
  to.insert(std::move(one));
}

PacketClass class_of(const std::vector<KeyPart>& parts, const SetEntry& entry) {
  PacketClass of_entry;
  for (const KeyPart& part : parts) of_entry.narrow(part.field, values_between(part, entry.first, entry.last));
  return of_entry;
}

ValueRanges values_of(const KeyPart& part, const std::vector<SetEntry>& entries) {
  ValueRanges values;
  for (const SetEntry& entry : entries) {
    for (const ValueRange& range : values_between(part, entry.first, entry.last)) values.push_back(range);
  }
  return values;
}

/// Keys are padded to 32 bits where something else follows.
bool is_whole_key(const KeyPart& part, const std::vector<SetEntry>& entries) {
  return std::ranges::all_of(entries, [&](const SetEntry& entry) {
    return part.offset == 0 && entry.first.size() >= part.width &&
           entry.first.size() < part.width + sizeof(std::uint32_t);
  });
}

/// Follows a table's chains, each once.
class Reach {
 public:
  explicit Reach(const ForeignTable& table) : table_(table) {}

  Classes of(const ForeignChain& chain) {
    Classes accepted;
    for (const RuleFacts& rule : chain.rules) {
      if (!is_tag(rule.comment)) add_rule(accepted, rule);
    }
    return accepted;
  }

 private:
  void add_rule(Classes& accepted, const RuleFacts& rule) {
    for (const PacketClass& matched : matches(rule)) {
      add_verdicts(accepted, matched, rule.verdicts);
      for (const SetCondition& map : rule.verdict_maps) {
        const auto entries = table_.sets.find(map.set);
        if (entries == table_.sets.end()) continue;
        for (const SetEntry& entry : entries->second) {
          add_verdicts(accepted, matched.narrowed(class_of(map.parts, entry)), entry.verdicts);
        }
      }
    }
  }

  void add_verdicts(Classes& accepted, const PacketClass& matched, const Verdicts& verdicts) {
    if (verdicts.accepts) add(accepted, matched);
    for (const auto* targets : {&verdicts.jumps, &verdicts.gotos}) {
      for (const std::string& target : *targets) {
        for (const PacketClass& one : of(target)) add(accepted, matched.narrowed(one));
      }
    }
  }

  [[nodiscard]] Classes matches(const RuleFacts& rule) const {
    PacketClass compared;
    for (const Condition& condition : rule.conditions) compared.narrow(condition.field, condition.values);
    Classes matched;
    add(matched, compared);
    for (const SetCondition& condition : rule.set_conditions) {
      Classes both;
      for (const PacketClass& looked_up : of(condition)) {
        for (const PacketClass& one : matched) add(both, one.narrowed(looked_up));
      }
      matched = std::move(both);
    }
    return matched;
  }

  [[nodiscard]] Classes of(const SetCondition& condition) const {
    const auto entries = table_.sets.find(condition.set);
    if (entries == table_.sets.end()) return {PacketClass()};
    Classes classes;
    if (condition.parts.size() == 1) {
      // One class for them all, however many they are.
      PacketClass listed;
      const KeyPart& part = condition.parts.front();
      ValueRanges inside = values_of(part, entries->second);
      if (!condition.inverted) listed.narrow(part.field, inside);
      if (condition.inverted && is_whole_key(part, entries->second))
        listed.narrow(part.field, others(part.field, std::move(inside)));
      add(classes, std::move(listed));
      return classes;
    }
    // What is not in a set of several fields may have any value of each.
    if (condition.inverted) return {PacketClass()};
    for (const SetEntry& entry : entries->second) add(classes, class_of(condition.parts, entry));
    return classes;
  }

  const Classes& of(const std::string& name) {
    // A chain that leads to itself, which the kernel forbids, adds nothing by it.
    const auto [known, fresh] = chains_.try_emplace(name);
    const auto chain = table_.chains.find(name);
    if (fresh && chain != table_.chains.end()) {
      Classes accepted = of(chain->second);
      known->second = std::move(accepted);
    }
    return known->second;
  }

  const ForeignTable& table_;
  std::map<std::string, Classes> chains_;
};

}  // namespace

std::vector<PacketClass> reach_of(const ForeignTable& table, const ForeignChain& chain) {
  const Classes accepted = Reach(table).of(chain);
  return {accepted.begin(), accepted.end()};
}

}  // namespace jitgate::nft
