// What is put into the chains of others, without a kernel.
#include "platform/linux/foreign_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace jitgate::nft {
namespace {

constexpr MarkBits kMarks = MarkBits::standard();
constexpr std::uint32_t kBit = 0x04000000;

RuleFacts rule(std::uint64_t handle, Verdicts verdicts) {
  RuleFacts facts;
  facts.handle = handle;
  facts.verdicts = std::move(verdicts);
  return facts;
}
Verdicts accepts() {
  Verdicts verdicts;
  verdicts.accepts = true;
  return verdicts;
}
Verdicts returns() {
  Verdicts verdicts;
  verdicts.returns = true;
  return verdicts;
}
Verdicts jump(const char* chain) {
  Verdicts verdicts;
  verdicts.jumps = {chain};
  return verdicts;
}
Verdicts go(const char* chain) {
  Verdicts verdicts;
  verdicts.gotos = {chain};
  return verdicts;
}

struct Firewall {
  ForeignTable table;
  ForeignChain& base;
  explicit Firewall(std::vector<RuleFacts> rules) : base(table.chains["input"]) {
    table.name = "filter";
    base.name = "input";
    base.input_priority = 0;
    base.rules = std::move(rules);
  }
  void chain(const std::string& name, std::vector<RuleFacts> rules) {
    table.chains[name] = {name, std::nullopt, false, std::move(rules)};
  }
  [[nodiscard]] ChainFacts facts() const { return chain_facts(table, base); }
};

/// The chain after the edits: numbers for rules of theirs, "pass", "clear", "set" for ours.
std::vector<std::string> applied(ForeignChain chain, const std::vector<ChainEdit>& edits) {
  std::uint64_t next = 1000;
  for (const ChainEdit& edit : edits) {
    if (edit.remove) {
      std::erase_if(chain.rules, [&](const RuleFacts& one) { return one.handle == *edit.remove; });
      continue;
    }
    RuleFacts added = rule(next++, {});
    added.comment = edit.tag.comment();
    const auto at = std::ranges::find_if(
        chain.rules, [&](const RuleFacts& one) { return edit.before && one.handle == *edit.before; });
    chain.rules.insert(at, added);
  }
  std::vector<std::string> names;
  for (const RuleFacts& one : chain.rules) {
    const auto word =
        one.comment.empty() ? std::to_string(one.handle) : one.comment.substr(9, one.comment.find(' ', 9) - 9);
    names.push_back(word);
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(ForeignPlan, FramesTheChainAndEveryRuleThatLeavesIt) {
  Firewall firewall({rule(1, accepts()), rule(2, returns()), rule(3, jump("x")), rule(4, go("x"))});
  const auto edits = plan_chain(firewall.table, firewall.base, kMarks, {true, kBit});
  EXPECT_EQ(applied(firewall.base, edits),
            (Names{"pass", "clear", "1", "set", "2", "clear", "3", "set", "4", "clear", "set"}));
}

TEST(ForeignPlan, PutsIntoAnEmptyChainWhatItNeeds) {
  Firewall firewall({});
  EXPECT_EQ(applied(firewall.base, plan_chain(firewall.table, firewall.base, kMarks, {true, kBit})),
            (Names{"pass", "clear", "set"}));
  EXPECT_EQ(applied(firewall.base, plan_chain(firewall.table, firewall.base, kMarks, {true, std::nullopt})),
            Names{"pass"});
  EXPECT_TRUE(plan_chain(firewall.table, firewall.base, kMarks, {}).empty());
}

TEST(ForeignPlan, AChainThatIsAsItShouldBeIsLeftAlone) {
  Firewall firewall({rule(1, accepts())});
  const Wanted wanted{true, kBit};
  for (const Tag& tag : {Tag::clear(kMarks, kBit), Tag::pass(kMarks)}) {
    RuleFacts ours = rule(10, {});
    ours.comment = tag.comment();
    firewall.base.rules.insert(firewall.base.rules.begin(), ours);
  }
  RuleFacts last = rule(12, {});
  last.comment = Tag::set(kMarks, kBit).comment();
  firewall.base.rules.push_back(last);
  EXPECT_TRUE(plan_chain(firewall.table, firewall.base, kMarks, wanted).empty());
  // A rule of theirs behind our last: not as it should be any more.
  firewall.base.rules.push_back(rule(2, accepts()));
  EXPECT_EQ(applied(firewall.base, plan_chain(firewall.table, firewall.base, kMarks, wanted)),
            (Names{"pass", "clear", "1", "2", "set"}));
  // Another bit, and nothing at all.
  EXPECT_FALSE(plan_chain(firewall.table, firewall.base, kMarks, {true, kBit << 1U}).empty());
  EXPECT_EQ(applied(firewall.base, plan_chain(firewall.table, firewall.base, kMarks, {})), (Names{"1", "2"}));
}

TEST(ForeignPlan, ALookAlikeCommentIsNotOurs) {
  for (const char* comment :
       {"jitgate: pass", "jitgate: pass 0x01000000 of 0x7f0000001", " jitgate: set 0x04000000 of 0x02000000", ""}) {
    EXPECT_FALSE(is_tag(comment)) << comment;
  }
  EXPECT_TRUE(is_tag(Tag::pass(kMarks).comment()));
  EXPECT_TRUE(is_tag(Tag::set(kMarks, kBit).comment()));
}

TEST(ForeignChainFacts, FollowJumpsGotosAndMaps) {
  Firewall firewall({rule(1, jump("a"))});
  firewall.chain("a", {rule(2, go("b"))});
  EXPECT_FALSE(firewall.facts().accepts);
  firewall.chain("b", {rule(3, accepts())});
  EXPECT_TRUE(firewall.facts().accepts);
  EXPECT_FALSE(firewall.facts().unjudgeable) << "a goto of a jumped chain comes back to the base chain";
  RuleFacts map = rule(4, {});
  map.verdict_maps = {{"m", false, {}}};
  Firewall mapped({map});
  EXPECT_FALSE(mapped.facts().accepts);
  mapped.table.verdict_maps["m"] = jump("a");
  mapped.chain("a", {rule(2, accepts())});
  EXPECT_TRUE(mapped.facts().accepts);
}

TEST(ForeignChainFacts, NameWhatCannotBeJudged) {
  Firewall by_goto({rule(1, go("a"))});
  EXPECT_FALSE(by_goto.facts().unjudgeable) << "nothing is accepted there";
  by_goto.chain("a", {rule(2, accepts())});
  EXPECT_TRUE(by_goto.facts().unjudgeable);
  RuleFacts map = rule(1, {});
  map.verdict_maps = {{"m", false, {}}};
  Firewall mapped({map});
  mapped.table.verdict_maps["m"] = accepts();
  EXPECT_FALSE(mapped.facts().unjudgeable);
  mapped.table.verdict_maps["m"].returns = true;
  EXPECT_TRUE(mapped.facts().unjudgeable);
}

TEST(ForeignChainFacts, SurviveChainsThatLeadToThemselves) {
  Firewall firewall({rule(1, jump("a"))});
  firewall.chain("a", {rule(2, jump("b"))});
  firewall.chain("b", {rule(3, jump("a")), rule(4, jump("missing"))});
  EXPECT_FALSE(firewall.facts().accepts);
}

TEST(MarkBits, AreSharedOut) {
  EXPECT_EQ(kMarks.granted(), 0x01000000U);
  EXPECT_EQ(kMarks.denied(), 0x02000000U);
  EXPECT_EQ(kMarks.chains(), 0x7c000000U);
  EXPECT_EQ(kMarks.chain_bits().size(), 5U);
  EXPECT_FALSE(MarkBits::of(0x3));
  EXPECT_EQ(MarkBits::of(0x80000101)->chain_bits(), std::vector<std::uint32_t>{0x80000000});
}

}  // namespace
}  // namespace jitgate::nft
