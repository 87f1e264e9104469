#include "platform/linux/nft_reader.hpp"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "platform/linux/nft_chains.hpp"
#include "platform/linux/nft_describe.hpp"

namespace jitgate::nft {
namespace {

bool in_our_table(const NetlinkMessage& message) {
  const auto attributes = message.attributes();
  const NetlinkAttribute* table = attributes ? find(*attributes, NFTA_CHAIN_TABLE) : nullptr;
  return message.family() == NFPROTO_INET && table != nullptr && table->text() == kTable;
}

template <class Describe>
Result<std::vector<std::string>> describe_all(const std::vector<std::vector<std::byte>>& messages, Describe describe) {
  std::vector<std::string> lines;
  for (const std::vector<std::byte>& bytes : messages) {
    const NetlinkMessage message = only(bytes);
    if (!in_our_table(message)) continue;
    std::optional<std::string> line = describe(message);
    if (!line) return read_error("read the table", EBADMSG);
    lines.push_back(std::move(*line));
  }
  return lines;
}

std::vector<std::string> sorted(std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  return lines;
}

/// Each chain's rules in their order; the order of the chains says nothing.
std::vector<std::string> expected_rules(const Ruleset& ruleset) {
  std::vector<std::string> lines;
  for (const Chain& chain : ruleset.chains) {
    for (const Rule& rule : ruleset.rules) {
      if (rule.chain == chain.name) lines.push_back(describe(*build_rule(rule)));
    }
  }
  return lines;
}

}  // namespace

Result<Reader> Reader::open() {
  Result<Query> query = Query::open();
  if (!query) return query.error();
  return Reader(std::move(*query));
}

Result<Query::Answer> Reader::dump(std::uint16_t nft_message, std::uint16_t table_attribute) {
  nlmsghdr* message = query_.request(nft_message, NLM_F_DUMP, NFPROTO_INET);
  mnl_attr_put_strz(message, table_attribute, kTable);
  Result<Query::Answer> answer = query_.ask_consistently();
  if (answer && answer->error_number == ENOENT) answer->messages.clear();
  if (answer && answer->error_number != 0 && answer->error_number != ENOENT) {
    return read_error("read the table", answer->error_number);
  }
  return answer;
}

Result<std::optional<TableInfo>> Reader::table() {
  mnl_attr_put_strz(query_.request(NFT_MSG_GETTABLE, 0, NFPROTO_INET), NFTA_TABLE_NAME, kTable);
  const Result<Query::Answer> answer = query_.ask();
  if (!answer) return answer.error();
  if (answer->error_number == ENOENT) return std::optional<TableInfo>();
  if (answer->error_number != 0) return read_error("read the table", answer->error_number);
  const auto info = answer->messages.empty() ? std::nullopt : parse_table(only(answer->messages.front()));
  if (!info) return read_error("read the table", EBADMSG);
  return info;
}

Result<std::optional<TableContents>> Reader::contents() {
  const Result<std::uint32_t> generation = this->generation();
  if (!generation) return generation.error();
  const auto info = table();
  if (!info) return info.error();
  if (!*info) return std::optional<TableContents>();
  TableContents contents{*generation, **info, {}, {}, {}};
  using Kind = std::pair<std::uint16_t, std::uint16_t>;
  for (const auto& [kind, table_attribute] :
       {Kind(NFT_MSG_GETCHAIN, NFTA_CHAIN_TABLE), Kind(NFT_MSG_GETSET, NFTA_SET_TABLE),
        Kind(NFT_MSG_GETOBJ, NFTA_OBJ_TABLE), Kind(NFT_MSG_GETFLOWTABLE, NFTA_FLOWTABLE_TABLE)}) {
    const Result<Query::Answer> answer = dump(kind, table_attribute);
    if (!answer) return answer.error();
    for (const std::vector<std::byte>& bytes : answer->messages) {
      const NetlinkMessage message = only(bytes);
      if (in_our_table(message) && !contents.note(message)) return read_error("read the table", EBADMSG);
    }
  }
  return std::optional(std::move(contents));
}

Result<std::vector<std::string>> Reader::chains() {
  const Result<Query::Answer> answer = dump(NFT_MSG_GETCHAIN, NFTA_CHAIN_TABLE);
  if (!answer) return answer.error();
  return describe_all(answer->messages, describe_chain);
}

Result<std::vector<std::string>> Reader::rules() {
  const Result<Query::Answer> answer = dump(NFT_MSG_GETRULE, NFTA_RULE_TABLE);
  if (!answer) return answer.error();
  return describe_all(answer->messages, describe_rule);
}

Result<std::vector<std::string>> Reader::sets() {
  const Result<Query::Answer> answer = dump(NFT_MSG_GETSET, NFTA_SET_TABLE);
  if (!answer) return answer.error();
  return describe_all(answer->messages, describe_set);
}

Result<bool> Reader::has_rules() {
  const Result<std::vector<std::string>> found = rules();
  if (!found) return found.error();
  return !found->empty();
}

Result<bool> Reader::holds(const Ruleset& expected) {
  std::vector<std::string> expected_chains;
  for (const Chain& chain : expected.chains) expected_chains.push_back(describe(*build_chain(chain)));
  std::vector<std::string> expected_sets;
  for (const Set& set : expected.sets) expected_sets.push_back(describe(*build_set(set)));

  Result<std::vector<std::string>> found = chains();
  if (!found) return found.error();
  if (sorted(std::move(*found)) != sorted(std::move(expected_chains))) return false;
  found = sets();
  if (!found) return found.error();
  if (sorted(std::move(*found)) != sorted(std::move(expected_sets))) return false;
  found = rules();
  if (!found) return found.error();
  // Both begin with the chain's name, and a stable sort by it keeps the rules of one chain in order.
  const auto by_chain = [](const std::string& a, const std::string& b) {
    return a.substr(0, a.find('\n')) < b.substr(0, b.find('\n'));
  };
  std::vector<std::string> wanted = expected_rules(expected);
  std::stable_sort(wanted.begin(), wanted.end(), by_chain);
  std::stable_sort(found->begin(), found->end(), by_chain);
  return *found == wanted;
}

/// Calls `each(element)` with every element of the set; ENOENT when there is none of that name.
template <class Each>
Result<void> Reader::elements(const char* set, Each each) {
  nlmsghdr* message = query_.request(NFT_MSG_GETSETELEM, NLM_F_DUMP, NFPROTO_INET);
  mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, kTable);
  mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, set);
  const Result<Query::Answer> answer = query_.ask_consistently();
  if (!answer) return answer.error();
  if (answer->error_number == ENOENT) return {};
  if (answer->error_number != 0) return read_error("read a set", answer->error_number);
  for (const std::vector<std::byte>& bytes : answer->messages) {
    const auto found = parse_elements(only(bytes));
    if (!found) return read_error("read a set", EBADMSG);
    for (const ElementInfo& element : *found) each(element);
  }
  return {};
}

Result<std::optional<std::vector<TransportPort>>> Reader::locked() {
  std::vector<TransportPort> ports;
  bool foreign_element = false;
  const auto read = elements(kLockedSet, [&](const ElementInfo& element) {
    const auto port = parse_locked_key(element.key);
    port ? ports.push_back(*port) : static_cast<void>(foreign_element = true);
  });
  if (!read) return read.error();
  if (foreign_element) return std::optional<std::vector<TransportPort>>();
  std::sort(ports.begin(), ports.end());
  return std::optional(std::move(ports));
}

Result<std::vector<Reader::Exposed>> Reader::exposed() {
  constexpr std::size_t kPortKey = 8;
  std::vector<Exposed> exposed;
  const auto read = elements(kExposedSet, [&](const ElementInfo& element) {
    if (element.key.size() != kPortKey + sizeof(std::uint32_t)) return;
    const auto port = parse_locked_key(element.key.first(kPortKey));
    std::uint32_t mark = 0;
    std::memcpy(&mark, element.key.data() + kPortKey, sizeof mark);
    if (port) exposed.push_back({*port, mark, element.packets});
  });
  if (!read) return read.error();
  return exposed;
}

Result<std::vector<Reader::Exposed>> Reader::published() {
  std::vector<Exposed> published;
  const auto read = elements(kPublishedSet, [&](const ElementInfo& element) {
    if (const auto port = parse_locked_key(element.key)) published.push_back({*port, 0, element.packets});
  });
  if (!read) return read.error();
  return published;
}

Result<std::vector<Reader::ExposedSource>> Reader::exposed_sources() {
  std::vector<ExposedSource> sources;
  for (const auto& [set, family] :
       {std::pair(kExposedSources4, Family::ipv4), std::pair(kExposedSources6, Family::ipv6)}) {
    const std::size_t bytes = address_bits(family) / 8;
    const auto read = elements(set, [&, family = family](const ElementInfo& element) {
      if (element.key.size() <= bytes) return;
      const auto port = parse_locked_key(element.key.subspan(bytes));
      const std::span address(reinterpret_cast<const std::uint8_t*>(element.key.data()), bytes);
      if (port) sources.push_back({AddressPrefix::of(address, address_bits(family)), *port});
    });
    if (!read) return read.error();
  }
  return sources;
}

Result<std::optional<Duration>> Reader::remaining(const AllowKey& key) {
  nlmsghdr* message = query_.request(NFT_MSG_GETSETELEM, 0, NFPROTO_INET);
  nlattr* list = begin_elements(message, AllowSet::of(key).name().c_str());
  nlattr* element = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
  const ElementKey encoded = ElementKey::of(key);
  put_key(message, encoded.view());
  mnl_attr_nest_end(message, element);
  mnl_attr_nest_end(message, list);
  const Result<Query::Answer> answer = query_.ask();
  if (!answer) return answer.error();
  if (answer->error_number == ENOENT) return std::optional<Duration>();
  if (answer->error_number != 0) return read_error("query an entry", answer->error_number);
  const auto found = answer->messages.empty() ? std::nullopt : parse_elements(only(answer->messages.front()));
  if (!found || found->size() != 1) return read_error("query an entry", EBADMSG);
  const std::optional<Milliseconds> left = found->front().remaining;
  if (left && left->count() == 0) return std::optional<Duration>();
  static constexpr auto kLongest = std::chrono::floor<Milliseconds>(Duration::max());
  return std::optional(left && *left < kLongest ? Duration(*left) : Duration::max());
}

Result<DenyCounter> Reader::denied() {
  nlmsghdr* message = query_.request(NFT_MSG_GETOBJ, 0, NFPROTO_INET);
  mnl_attr_put_strz(message, NFTA_OBJ_TABLE, kTable);
  mnl_attr_put_strz(message, NFTA_OBJ_NAME, kDeniedCounter);
  mnl_attr_put_u32(message, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_COUNTER));
  const Result<Query::Answer> answer = query_.ask();
  if (!answer) return answer.error();
  if (answer->error_number == ENOENT) return DenyCounter{};
  if (answer->error_number != 0) return read_error("read the deny counter", answer->error_number);
  auto counter = answer->messages.empty() ? std::nullopt : parse_counter(only(answer->messages.front()));
  if (!counter) return read_error("read the deny counter", EBADMSG);
  const auto read = elements(kDeniedSet, [&](const ElementInfo& element) {
    if (const auto port = parse_locked_key(element.key)) counter->ports[*port] = element.packets;
  });
  if (!read) return read.error();
  return *counter;
}

}  // namespace jitgate::nft
