#include "platform/linux/nft_reply.hpp"
#include "platform/linux/nft_chains.hpp"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <utility>

namespace jitgate::nft {
namespace {

using Attributes = std::vector<NetlinkAttribute>;

// The table's name is attribute 1 of tables, chains, rules, sets, elements, objects and flowtables alike.
constexpr std::uint16_t kTableNameAttribute = 1;
static_assert(NFTA_TABLE_NAME == 1 && NFTA_CHAIN_TABLE == 1 && NFTA_RULE_TABLE == 1 && NFTA_SET_TABLE == 1 &&
              NFTA_SET_ELEM_LIST_TABLE == 1 && NFTA_OBJ_TABLE == 1 && NFTA_FLOWTABLE_TABLE == 1);

std::optional<Attributes> attributes_of(const NetlinkMessage& message, std::uint8_t type) {
  return nft_type(message) == type ? message.attributes() : std::nullopt;
}

std::optional<Attributes> nested(const Attributes& attributes, std::uint16_t type) {
  const NetlinkAttribute* nest = find(attributes, type);
  return nest == nullptr ? std::nullopt : parse_attributes(nest->payload);
}

/// Of an element that a rule's `update` statement counts packets in.
std::uint64_t counted_packets(const Attributes& element) {
  const auto expression = nested(element, NFTA_SET_ELEM_EXPR);
  const auto counter = expression ? nested(*expression, NFTA_EXPR_DATA) : std::nullopt;
  const NetlinkAttribute* packets = counter ? find(*counter, NFTA_COUNTER_PACKETS) : nullptr;
  return packets == nullptr ? 0 : packets->be64().value_or(0);
}

std::optional<ElementInfo> parse_element(std::span<const std::byte> bytes) {
  const auto element = parse_attributes(bytes);
  const auto key = element ? nested(*element, NFTA_SET_ELEM_KEY) : std::nullopt;
  const NetlinkAttribute* value = key ? find(*key, NFTA_DATA_VALUE) : nullptr;
  if (value == nullptr) return std::nullopt;
  ElementInfo info{value->payload, std::nullopt};
  if (const NetlinkAttribute* expiration = find(*element, NFTA_SET_ELEM_EXPIRATION); expiration != nullptr) {
    const auto milliseconds = expiration->be64();
    if (!milliseconds) return std::nullopt;
    info.remaining = Milliseconds(*milliseconds);
  }
  info.packets = counted_packets(*element);
  return info;
}

}  // namespace

std::optional<TableInfo> parse_table(const NetlinkMessage& message) {
  const auto attributes = attributes_of(message, NFT_MSG_NEWTABLE);
  if (!attributes) return std::nullopt;
  TableInfo info;
  if (const auto* flags = find(*attributes, NFTA_TABLE_FLAGS); flags != nullptr) info.flags = flags->be32().value_or(0);
  if (const auto* owner = find(*attributes, NFTA_TABLE_OWNER); owner != nullptr) info.owner = owner->be32().value_or(0);
  return info;
}

std::optional<std::vector<ElementInfo>> parse_elements(const NetlinkMessage& message) {
  const auto attributes = attributes_of(message, NFT_MSG_NEWSETELEM);
  if (!attributes) return std::nullopt;
  std::vector<ElementInfo> elements;
  if (find(*attributes, NFTA_SET_ELEM_LIST_ELEMENTS) == nullptr) return elements;
  const auto list = nested(*attributes, NFTA_SET_ELEM_LIST_ELEMENTS);
  if (!list) return std::nullopt;
  for (const NetlinkAttribute& item : *list) {
    const auto element = parse_element(item.payload);
    if (!element) return std::nullopt;
    elements.push_back(*element);
  }
  return elements;
}

std::optional<DenyCounter> parse_counter(const NetlinkMessage& message) {
  const auto attributes = attributes_of(message, NFT_MSG_NEWOBJ);
  const auto data = attributes ? nested(*attributes, NFTA_OBJ_DATA) : std::nullopt;
  if (!data) return std::nullopt;
  const NetlinkAttribute* packets = find(*data, NFTA_COUNTER_PACKETS);
  const NetlinkAttribute* bytes = find(*data, NFTA_COUNTER_BYTES);
  if (packets == nullptr || bytes == nullptr || !packets->be64() || !bytes->be64()) return std::nullopt;
  return DenyCounter{*packets->be64(), *bytes->be64(), {}};
}

void ChangeLog::read(std::span<const std::byte> datagram) {
  const auto messages = parse_netlink_messages(datagram);
  if (!messages) return lost("a change event was malformed");
  for (const NetlinkMessage& message : *messages) read(message);
}

void ChangeLog::read(const NetlinkMessage& message) {
  if (message.port_id == own_port_id_ && message.sequence <= kLastOwnSequence) return;
  const auto type = nft_type(message);
  if (!type) return;
  const auto attributes = message.attributes();
  if (!attributes) return lost("a change event was malformed");
  if (*type == NFT_MSG_NEWGEN) {
    // Ends the events of a transaction, and says whose it was.
    if (!std::exchange(changed_, false)) return;
    const NetlinkAttribute* name = find(*attributes, NFTA_GEN_PROC_NAME);
    const NetlinkAttribute* pid = find(*attributes, NFTA_GEN_PROC_PID);
    if (name == nullptr || pid == nullptr || !name->text() || !pid->be32()) return;
    reason_ = "changed by " + std::string(*name->text()) + " (pid " + std::to_string(*pid->be32()) + ")";
    return;
  }
  const NetlinkAttribute* table = find(*attributes, kTableNameAttribute);
  if (message.family() != NFPROTO_INET || table == nullptr || table->text() != kTable) {
    return read_foreign(*type, message.family().value_or(NFPROTO_UNSPEC), *attributes);
  }
  changed_ = true;
  if (!reason_) reason_ = "changed by another process";
}

void ChangeLog::read_foreign(std::uint8_t type, std::uint8_t family, const Attributes& attributes) {
  if (family != NFPROTO_INET && family != NFPROTO_IPV4 && family != NFPROTO_IPV6) return;
  switch (type) {
    case NFT_MSG_NEWTABLE:
    case NFT_MSG_DELTABLE:
    case NFT_MSG_NEWCHAIN:
    case NFT_MSG_DELCHAIN:
    case NFT_MSG_NEWRULE:
    case NFT_MSG_DELRULE:
      foreign_ = true;
      return;
    case NFT_MSG_NEWSETELEM:
    case NFT_MSG_DELSETELEM:
      break;
    default:
      return;
  }
  const NetlinkAttribute* table = find(attributes, NFTA_SET_ELEM_LIST_TABLE);
  const NetlinkAttribute* set = find(attributes, NFTA_SET_ELEM_LIST_SET);
  if (foreign_ || !set_matters_ || table == nullptr || set == nullptr || !table->text() || !set->text()) return;
  foreign_ = set_matters_(family, std::string(*table->text()), std::string(*set->text()));
}

void ChangeLog::lost(std::string reason) {
  foreign_ = true;
  reason_ = std::move(reason);
}

std::optional<std::string> ChangeLog::take() {
  changed_ = false;
  return std::exchange(reason_, std::nullopt);
}

}  // namespace jitgate::nft
