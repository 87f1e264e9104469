#include "platform/linux/foreign_ruleset.hpp"

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <cerrno>
#include <set>

#include "platform/linux/nft_chains.hpp"
#include "platform/linux/nft_table.hpp"

namespace jitgate::nft {
namespace {

using Attributes = std::vector<NetlinkAttribute>;

constexpr const char* kWhat = "read the rules of others";

Error malformed() {
  return read_error(kWhat, EBADMSG);
}

std::string text(const Attributes& attributes, std::uint16_t type) {
  const NetlinkAttribute* found = find(attributes, type);
  return std::string(found == nullptr ? std::string_view() : found->text().value_or(std::string_view()));
}

std::uint32_t number(const Attributes& attributes, std::uint16_t type, std::uint32_t otherwise = 0) {
  const NetlinkAttribute* found = find(attributes, type);
  return found == nullptr ? otherwise : found->be32().value_or(otherwise);
}

std::optional<Attributes> nested(const Attributes& attributes, std::uint16_t type) {
  const NetlinkAttribute* nest = find(attributes, type);
  return nest == nullptr ? std::nullopt : parse_attributes(nest->payload);
}

/// Sends the dump that was begun; a table that has vanished since gives nothing.
Result<Query::Answer> dump(Query& query) {
  Result<Query::Answer> answer = query.ask_consistently();
  if (!answer) return answer;
  if (answer->error_number == ENOENT) answer->messages.clear();
  if (answer->error_number != 0 && answer->error_number != ENOENT) return read_error(kWhat, answer->error_number);
  return answer;
}

using TableKey = std::pair<std::uint8_t, std::string>;

Result<std::map<TableKey, ForeignTable>> read_tables(Query& query) {
  query.request(NFT_MSG_GETTABLE, NLM_F_DUMP, NFPROTO_UNSPEC);
  const auto answer = dump(query);
  if (!answer) return answer.error();
  std::map<TableKey, ForeignTable> tables;
  for (const std::vector<std::byte>& bytes : answer->messages) {
    const NetlinkMessage message = only(bytes);
    const auto attributes = message.attributes();
    const auto family = message.family();
    if (!attributes || !family) return malformed();
    if (*family != NFPROTO_IPV4 && *family != NFPROTO_IPV6 && *family != NFPROTO_INET) continue;
    ForeignTable table;
    table.family = *family;
    table.name = text(*attributes, NFTA_TABLE_NAME);
    table.owned =
        (number(*attributes, NFTA_TABLE_FLAGS) & kTableOwner) != 0 && number(*attributes, NFTA_TABLE_OWNER) != 0;
    if (table.family == NFPROTO_INET && table.name == kTable) continue;
    tables.emplace(TableKey{table.family, table.name}, std::move(table));
  }
  return tables;
}

Result<ForeignChain> parse_chain(const Attributes& attributes) {
  ForeignChain chain;
  chain.name = text(attributes, NFTA_CHAIN_NAME);
  if (find(attributes, NFTA_CHAIN_HOOK) == nullptr) return chain;
  const auto hook = nested(attributes, NFTA_CHAIN_HOOK);
  if (!hook) return malformed();
  if (number(*hook, NFTA_HOOK_HOOKNUM) != NF_INET_LOCAL_IN || text(attributes, NFTA_CHAIN_TYPE) != "filter")
    return chain;
  chain.input_priority = static_cast<int>(number(*hook, NFTA_HOOK_PRIORITY));
  chain.drops_by_policy = number(attributes, NFTA_CHAIN_POLICY, NF_ACCEPT) == NF_DROP;
  return chain;
}

Result<void> read_chains(Query& query, std::map<TableKey, ForeignTable>& tables) {
  query.request(NFT_MSG_GETCHAIN, NLM_F_DUMP, NFPROTO_UNSPEC);
  const auto answer = dump(query);
  if (!answer) return answer.error();
  for (const std::vector<std::byte>& bytes : answer->messages) {
    const NetlinkMessage message = only(bytes);
    const auto attributes = message.attributes();
    if (!attributes || !message.family()) return malformed();
    const auto table = tables.find({*message.family(), text(*attributes, NFTA_CHAIN_TABLE)});
    if (table == tables.end()) continue;
    auto chain = parse_chain(*attributes);
    if (!chain) return chain.error();
    std::string name = chain->name;
    table->second.chains.emplace(std::move(name), std::move(*chain));
  }
  return {};
}

Result<void> read_rules(Query& query, ForeignTable& table) {
  mnl_attr_put_strz(query.request(NFT_MSG_GETRULE, NLM_F_DUMP, table.family), NFTA_RULE_TABLE, table.name.c_str());
  const auto answer = dump(query);
  if (!answer) return answer.error();
  for (const std::vector<std::byte>& bytes : answer->messages) {
    const NetlinkMessage message = only(bytes);
    auto facts = parse_rule_facts(message);
    if (!facts) return malformed();
    const auto attributes = message.attributes();
    // A kernel that ignores the name gives the rules of every table.
    if (text(*attributes, NFTA_RULE_TABLE) != table.name || message.family() != table.family) continue;
    const auto chain = table.chains.find(facts->chain);
    if (chain != table.chains.end()) chain->second.rules.push_back(std::move(*facts));
  }
  return {};
}

/// Calls `each` with every element of a set.
template <class Each>
Result<void> read_elements(Query& query, const ForeignTable& table, const std::string& set, Each each) {
  nlmsghdr* message = query.request(NFT_MSG_GETSETELEM, NLM_F_DUMP, table.family);
  mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, table.name.c_str());
  mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, set.c_str());
  const auto answer = dump(query);
  if (!answer) return answer.error();
  for (const std::vector<std::byte>& bytes : answer->messages) {
    const auto attributes = only(bytes).attributes();
    if (!attributes) return malformed();
    if (find(*attributes, NFTA_SET_ELEM_LIST_ELEMENTS) == nullptr) continue;
    const auto list = nested(*attributes, NFTA_SET_ELEM_LIST_ELEMENTS);
    if (!list) return malformed();
    for (const NetlinkAttribute& item : *list) {
      const auto element = parse_attributes(item.payload);
      if (!element) return malformed();
      each(*element);
    }
  }
  return {};
}

Verdicts verdicts_of(const Attributes& element) {
  const auto data = nested(element, NFTA_SET_ELEM_DATA);
  const NetlinkAttribute* verdict = data ? find(*data, NFTA_DATA_VERDICT) : nullptr;
  return verdict == nullptr ? Verdicts{} : parse_verdict_data(verdict->payload).value_or(Verdicts{});
}

std::vector<std::byte> key_of(const Attributes& element, std::uint16_t type) {
  const auto key = nested(element, type);
  const NetlinkAttribute* value = key ? find(*key, NFTA_DATA_VALUE) : nullptr;
  return value == nullptr ? std::vector<std::byte>() : std::vector(value->payload.begin(), value->payload.end());
}

Result<void> read_set(Query& query, ForeignTable& table, const std::string& set, bool intervals) {
  std::vector<SetElement> elements;
  auto read = read_elements(query, table, set, [&](const Attributes& element) {
    const bool end = (number(element, NFTA_SET_ELEM_FLAGS) & NFT_SET_ELEM_INTERVAL_END) != 0;
    elements.push_back(
        {key_of(element, NFTA_SET_ELEM_KEY), key_of(element, NFTA_SET_ELEM_KEY_END), end, verdicts_of(element)});
  });
  if (read) table.sets[set] = entries_of(std::move(elements), intervals);
  return read;
}

Result<std::set<std::string>> read_interval_sets(Query& query, const ForeignTable& table) {
  std::set<std::string> sets;
  mnl_attr_put_strz(query.request(NFT_MSG_GETSET, NLM_F_DUMP, table.family), NFTA_SET_TABLE, table.name.c_str());
  const auto answer = dump(query);
  if (!answer) return answer.error();
  for (const std::vector<std::byte>& bytes : answer->messages) {
    const auto attributes = only(bytes).attributes();
    if (!attributes) return malformed();
    if (text(*attributes, NFTA_SET_TABLE) != table.name || only(bytes).family() != table.family) continue;
    if ((number(*attributes, NFTA_SET_FLAGS) & NFT_SET_INTERVAL) != 0) sets.insert(text(*attributes, NFTA_SET_NAME));
  }
  return sets;
}

bool may_lead_to_accept(const RuleFacts& rule) {
  return rule.verdicts.accepts || !rule.verdicts.jumps.empty() || !rule.verdicts.gotos.empty() ||
         !rule.verdict_maps.empty();
}

/// Those that a verdict comes from, and those that say for which ports an accept is.
Result<void> read_sets(Query& query, ForeignTable& table) {
  std::set<std::string> maps;
  std::set<std::string> needed;
  for (const auto& [name, chain] : table.chains) {
    for (const RuleFacts& rule : chain.rules) {
      for (const SetCondition& map : rule.verdict_maps) maps.insert(map.set);
      if (!may_lead_to_accept(rule)) continue;
      for (const SetCondition& condition : rule.set_conditions) needed.insert(condition.set);
    }
  }
  needed.insert(maps.begin(), maps.end());
  if (needed.empty()) return {};
  const auto intervals = read_interval_sets(query, table);
  if (!intervals) return intervals.error();
  for (const std::string& set : needed) {
    if (auto read = read_set(query, table, set, intervals->contains(set)); !read) return read;
  }
  for (const std::string& map : maps) {
    for (const SetEntry& entry : table.sets[map]) table.verdict_maps[map].add(entry.verdicts);
  }
  return {};
}

bool judges_input(const ForeignTable& table) {
  for (const auto& [name, chain] : table.chains) {
    if (chain.input_priority) return true;
  }
  return false;
}

}  // namespace

std::string ForeignTable::label() const {
  const char* prefix = family == NFPROTO_INET ? "inet " : family == NFPROTO_IPV4 ? "ip " : "ip6 ";
  return prefix + name;
}

Result<ForeignRuleset> read_foreign_ruleset(Query& query) {
  const auto generation = ruleset_generation(query);
  if (!generation) return generation.error();
  auto tables = read_tables(query);
  if (!tables) return tables.error();
  if (auto read = read_chains(query, *tables); !read) return read.error();
  ForeignRuleset ruleset{*generation, {}};
  for (auto& [key, table] : *tables) {
    if (!judges_input(table)) continue;
    if (auto read = read_rules(query, table); !read) return read.error();
    if (auto read = read_sets(query, table); !read) return read.error();
    ruleset.tables.push_back(std::move(table));
  }
  return ruleset;
}

}  // namespace jitgate::nft
