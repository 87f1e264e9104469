#include "platform/linux/foreign_plan.hpp"

#include <algorithm>
#include <set>

namespace jitgate::nft {
namespace {

/// Follows a table's chains from one rule on.
class Walk {
 public:
  explicit Walk(const ForeignTable& table) : table_(table) {}

  /// Everything that a rule can do by itself or through a verdict map, not what the chains do that it leads to.
  [[nodiscard]] Verdicts of(const RuleFacts& rule) const {
    Verdicts verdicts = rule.verdicts;
    for (const SetCondition& taken : rule.verdict_maps) {
      const auto map = table_.verdict_maps.find(taken.set);
      if (map != table_.verdict_maps.end()) verdicts.add(map->second);
    }
    return verdicts;
  }

  /// Calls `visit(rule, verdicts)` for the rule and for every rule of every chain that it leads to.
  template <class Visit>
  void visit(const RuleFacts& rule, Visit visit) {
    const Verdicts verdicts = of(rule);
    visit(rule, verdicts);
    for (const auto* targets : {&verdicts.jumps, &verdicts.gotos}) {
      for (const std::string& target : *targets) follow(target, visit);
    }
  }

  template <class Visit>
  void follow(const std::string& target, Visit visit_each) {
    const auto chain = table_.chains.find(target);
    if (chain == table_.chains.end() || !seen_.insert(target).second) return;
    for (const RuleFacts& rule : chain->second.rules) visit(rule, visit_each);
  }

 private:
  const ForeignTable& table_;
  std::set<std::string> seen_;
};

bool leads_to_accept(const ForeignTable& table, const std::vector<std::string>& chains) {
  bool accepts = false;
  Walk walk(table);
  for (const std::string& chain : chains) {
    walk.follow(chain, [&](const RuleFacts&, const Verdicts& verdicts) { accepts = accepts || verdicts.accepts; });
  }
  return accepts;
}

/// A packet may go on to the chain's policy from here, past the rules that follow.
bool leaves(const Verdicts& verdicts) {
  return verdicts.returns || !verdicts.gotos.empty();
}

bool hides_an_accept(const ForeignTable& table, const Verdicts& verdicts) {
  return leaves(verdicts) &&
         (verdicts.accepts || leads_to_accept(table, verdicts.gotos) || leads_to_accept(table, verdicts.jumps));
}

struct Item {
  const RuleFacts* foreign = nullptr;  ///< null: one of ours
  Tag tag{};
};

std::vector<Item> wanted_items(const ForeignTable& table, const ForeignChain& chain, MarkBits marks,
                               const Wanted& wanted) {
  std::vector<Item> items;
  const auto add = [&](Tag tag) { items.push_back({nullptr, tag}); };
  if (wanted.pass) add(Tag::pass(marks));
  if (wanted.bit) add(Tag::clear(marks, *wanted.bit));
  const Walk walk(table);
  for (const RuleFacts& rule : chain.rules) {
    if (is_tag(rule.comment)) continue;
    const bool wrap = wanted.bit && leaves(walk.of(rule));
    if (wrap) add(Tag::set(marks, *wanted.bit));
    items.push_back({&rule, {}});
    if (wrap) add(Tag::clear(marks, *wanted.bit));
  }
  if (wanted.bit) add(Tag::set(marks, *wanted.bit));
  return items;
}

bool holds(const ForeignChain& chain, const std::vector<Item>& items) {
  return std::ranges::equal(chain.rules, items, [](const RuleFacts& rule, const Item& item) {
    return item.foreign != nullptr ? &rule == item.foreign : rule.comment == item.tag.comment();
  });
}

}  // namespace

ChainFacts chain_facts(const ForeignTable& table, const ForeignChain& chain) {
  ChainFacts facts;
  facts.denies = chain.drops_by_policy;
  Walk walk(table);
  for (const RuleFacts& base : chain.rules) {
    if (is_tag(base.comment)) continue;
    const Verdicts own = walk.of(base);
    facts.unjudgeable = facts.unjudgeable || hides_an_accept(table, own);
    walk.visit(base, [&](const RuleFacts& rule, const Verdicts& verdicts) {
      facts.accepts = facts.accepts || verdicts.accepts;
      facts.denies = facts.denies || verdicts.denies;
      facts.mark_bits |= rule.mark_bits;
    });
  }
  return facts;
}

std::vector<ChainEdit> plan_chain(const ForeignTable& table, const ForeignChain& chain, MarkBits marks,
                                  const Wanted& wanted) {
  const std::vector<Item> items = wanted_items(table, chain, marks, wanted);
  std::vector<ChainEdit> edits;
  if (holds(chain, items)) return edits;
  for (const RuleFacts& rule : chain.rules) {
    if (is_tag(rule.comment)) edits.push_back({rule.handle, {}, std::nullopt});
  }
  // From the back: the position of each of ours is that of the rule of theirs behind it.
  std::vector<ChainEdit> additions;
  std::optional<std::uint64_t> before;
  for (auto item = items.rbegin(); item != items.rend(); ++item) {
    if (item->foreign != nullptr) {
      before = item->foreign->handle;
    } else {
      additions.push_back({std::nullopt, item->tag, before});
    }
  }
  edits.insert(edits.end(), additions.rbegin(), additions.rend());
  return edits;
}

}  // namespace jitgate::nft
