// Which ports the rules of others may open, without a kernel.
#include "platform/linux/foreign_reach.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>

#include <algorithm>

namespace jitgate::nft {
namespace {

constexpr std::uint32_t kNew = 8;
constexpr std::uint32_t kEstablished = 2;
constexpr KeyPart kPort{Field::port, 0, 2};

std::vector<std::byte> key(std::uint16_t port) {
  return {static_cast<std::byte>(port >> 8U), static_cast<std::byte>(port & 0xffU)};
}
SetElement element(std::uint16_t port, bool ends = false) {
  return {key(port), {}, ends, {}};
}
Verdicts accepting() {
  Verdicts verdicts;
  verdicts.accepts = true;
  return verdicts;
}
Verdicts jumping(const char* chain) {
  Verdicts verdicts;
  verdicts.jumps = {chain};
  return verdicts;
}
RuleFacts rule(std::vector<Condition> conditions, Verdicts verdicts = accepting()) {
  RuleFacts facts;
  facts.conditions = std::move(conditions);
  facts.verdicts = std::move(verdicts);
  return facts;
}
RuleFacts in_set(const char* set, bool inverted = false, std::vector<KeyPart> parts = {kPort}) {
  RuleFacts facts = rule({});
  facts.set_conditions = {{set, inverted, std::move(parts)}};
  return facts;
}

struct Firewall {
  ForeignTable table;
  explicit Firewall(std::vector<RuleFacts> rules) { table.chains["input"].rules = std::move(rules); }
  [[nodiscard]] bool opens(std::uint16_t port, std::uint8_t protocol = IPPROTO_TCP) const {
    return std::ranges::any_of(reach_of(table, table.chains.at("input")),
                               [&](const PacketClass& packets) { return packets.opens(protocol, port); });
  }
};

TEST(ForeignReach, AnAcceptThatNamesNoPortMayOpenEveryPort) {
  EXPECT_TRUE(Firewall({rule({})}).opens(22));
  EXPECT_TRUE(Firewall({rule({{Field::protocol, {{IPPROTO_TCP, IPPROTO_TCP}}}})}).opens(22));
  EXPECT_FALSE(Firewall({rule({{Field::protocol, {{IPPROTO_ICMP, IPPROTO_ICMP}}}})}).opens(22));
  EXPECT_FALSE(Firewall({rule({}, {})}).opens(22)) << "accepts nothing";
}

TEST(ForeignReach, APortIsOpenedByTheRangeThatHoldsIt) {
  const Firewall firewall({rule({{Field::port, {{20, 25}}}})});
  EXPECT_TRUE(firewall.opens(20));
  EXPECT_TRUE(firewall.opens(25));
  EXPECT_FALSE(firewall.opens(19));
  EXPECT_FALSE(firewall.opens(26));
  const Firewall all_but({rule({{Field::port, others(Field::port, {{80, 80}, {20, 25}})}})});
  EXPECT_FALSE(all_but.opens(22));
  EXPECT_FALSE(all_but.opens(80));
  EXPECT_TRUE(all_but.opens(26));
  EXPECT_TRUE(all_but.opens(65535));
}

TEST(ForeignReach, WhatIsEstablishedOrOfLoopbackOpensNothing) {
  EXPECT_FALSE(Firewall({rule({{Field::state, states_of(kEstablished | 4)}})}).opens(22));
  EXPECT_TRUE(Firewall({rule({{Field::state, states_of(kEstablished | kNew)}})}).opens(22));
  EXPECT_TRUE(Firewall({rule({{Field::state, others(Field::state, states_of(kEstablished))}})}).opens(22));
  EXPECT_FALSE(Firewall({rule({{Field::loopback, {{1, 1}}}})}).opens(22));
  EXPECT_TRUE(Firewall({rule({{Field::loopback, {{0, 0}}}})}).opens(22));
  EXPECT_FALSE(Firewall({rule({{Field::redirected, {{1, 1}}}})}).opens(22));
}

TEST(ForeignReach, AJumpNarrowsWhatTheChainAccepts) {
  Firewall firewall({rule({{Field::port, {{20, 30}}}}, jumping("a")), rule({}, jumping("b"))});
  firewall.table.chains["a"].rules = {rule({{Field::port, {{25, 80}}}})};
  firewall.table.chains["b"].rules = {rule({{Field::port, {{443, 443}}}}, jumping("a"))};
  EXPECT_TRUE(firewall.opens(25));
  EXPECT_TRUE(firewall.opens(30));
  EXPECT_FALSE(firewall.opens(24));
  EXPECT_FALSE(firewall.opens(31));
  EXPECT_FALSE(firewall.opens(443)) << "a does not accept it";
  firewall.table.chains["a"].rules.push_back(rule({}, jumping("b")));
  EXPECT_FALSE(firewall.opens(443)) << "chains that lead to themselves end";
}

TEST(ForeignReach, TheEndOfAnIntervalIsNoPort) {
  Firewall firewall({in_set("s")});
  // As the kernel lists { 22, 80-90, 65000-65535 }: from behind, each end one too far.
  firewall.table.sets["s"] = entries_of(
      {element(65000), element(91, true), element(80), element(23, true), element(22), element(0, true)}, true);
  for (const std::uint16_t port : {22, 80, 85, 90, 65000, 65535}) EXPECT_TRUE(firewall.opens(port)) << port;
  for (const std::uint16_t port : {0, 21, 23, 79, 91, 64999}) EXPECT_FALSE(firewall.opens(port)) << port;
}

TEST(ForeignReach, IntervalsThatTouchAreBothThere) {
  Firewall firewall({in_set("s")});
  firewall.table.sets["s"] = entries_of({element(20), element(30, true), element(30), element(40, true)}, true);
  for (const std::uint16_t port : {20, 29, 30, 39}) EXPECT_TRUE(firewall.opens(port)) << port;
  EXPECT_FALSE(firewall.opens(40));
}

TEST(ForeignReach, WhatIsNotInASetMayBeOpened) {
  Firewall firewall({in_set("s", true)});
  firewall.table.sets["s"] = entries_of({element(22)}, false);
  EXPECT_FALSE(firewall.opens(22));
  EXPECT_TRUE(firewall.opens(23));
  Firewall concatenated({in_set("s", true, {{Field::port, 4, 2}})});
  concatenated.table.sets["s"] = {{{8, std::byte{0}}, {8, std::byte{0}}, {}}};
  EXPECT_TRUE(concatenated.opens(0)) << "from another address";
}

TEST(ForeignReach, APortIsFoundBesideAnAddress) {
  Firewall firewall({in_set("s", false, {{Field::port, 4, 2}})});
  std::vector<std::byte> first(8, std::byte{10});
  std::vector<std::byte> last(8, std::byte{11});
  for (auto* bound : {&first, &last}) (*bound)[4] = (*bound)[6] = (*bound)[7] = std::byte{0};
  first[5] = std::byte{20};
  last[5] = std::byte{25};
  firewall.table.sets["s"] = entries_of({{first, last, false, {}}}, true);
  EXPECT_TRUE(firewall.opens(22));
  EXPECT_FALSE(firewall.opens(26));
}

TEST(ForeignReach, ASetThatIsNotKnownMayHoldAnything) {
  EXPECT_TRUE(Firewall({in_set("s")}).opens(22));
  Firewall empty({in_set("s")});
  empty.table.sets["s"] = {};
  EXPECT_FALSE(empty.opens(22));
}

TEST(ForeignReach, AVerdictMapAcceptsByEntry) {
  RuleFacts mapped = rule({}, {});
  mapped.verdict_maps = {{"m", false, {kPort}}};
  Firewall firewall({mapped});
  firewall.table.chains["a"].rules = {rule({})};
  firewall.table.sets["m"] = entries_of(
      {{key(22), {}, false, accepting()}, {key(23), {}, false, {}}, {key(24), {}, false, jumping("a")}}, false);
  EXPECT_TRUE(firewall.opens(22));
  EXPECT_FALSE(firewall.opens(23));
  EXPECT_TRUE(firewall.opens(24));
  EXPECT_FALSE(firewall.opens(25));
  firewall.table.sets["m"].push_back({{}, {}, accepting()});
  EXPECT_TRUE(firewall.opens(25)) << "a catch-all entry";
}

TEST(ForeignReach, ALargeSetIsLookedUpExactly) {
  Firewall firewall({in_set("s")});
  std::vector<SetElement> elements;
  for (int port = 1000; port < 9000; port += 2) elements.push_back(element(static_cast<std::uint16_t>(port)));
  firewall.table.sets["s"] = entries_of(std::move(elements), false);
  EXPECT_TRUE(firewall.opens(8998));
  EXPECT_FALSE(firewall.opens(8999));
}

TEST(ForeignReach, ManyKindsOfPacketsAreTakenForAll) {
  std::vector<RuleFacts> rules;
  for (std::uint32_t port = 1000; port < 4000; ++port) rules.push_back(rule({{Field::port, {{port, port}}}}));
  EXPECT_TRUE(Firewall(rules).opens(3999));
  EXPECT_TRUE(Firewall(rules).opens(22)) << "never less than what they accept";
}

}  // namespace
}  // namespace jitgate::nft
