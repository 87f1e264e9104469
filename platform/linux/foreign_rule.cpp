#include "platform/linux/foreign_rule.hpp"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "platform/linux/foreign_registers.hpp"
#include "platform/linux/foreign_xt.hpp"

namespace jitgate::nft {
namespace {

using Attributes = std::vector<NetlinkAttribute>;

constexpr std::uint32_t kAllBits = ~std::uint32_t{0};
constexpr std::byte kCommentType{0};  // NFTNL_UDATA_RULE_COMMENT, which nft and iptables write alike
constexpr std::uint32_t kDestinationPortOffset = 2;
constexpr std::uint32_t kIpv4ProtocolOffset = 9;
constexpr std::uint32_t kIpv6NextHeaderOffset = 6;
constexpr std::size_t kInterfaceName = 16;    // IFNAMSIZ
constexpr std::size_t kLongestRegister = 16;  // of what is loaded and not understood

std::optional<std::uint32_t> number(const Attributes& attributes, std::uint16_t type) {
  const NetlinkAttribute* found = find(attributes, type);
  return found == nullptr ? std::nullopt : found->be32();
}

std::string text(const Attributes& attributes, std::uint16_t type) {
  const NetlinkAttribute* found = find(attributes, type);
  return std::string(found == nullptr ? std::string_view() : found->text().value_or(std::string_view()));
}

/// The bytes of an NFTA_DATA_VALUE inside attribute `type`.
std::span<const std::byte> value(const Attributes& attributes, std::uint16_t type) {
  const NetlinkAttribute* data = find(attributes, type);
  const auto nest = data == nullptr ? std::nullopt : parse_attributes(data->payload);
  const NetlinkAttribute* found = nest ? find(*nest, NFTA_DATA_VALUE) : nullptr;
  return found == nullptr ? std::span<const std::byte>() : found->payload;
}

/// A register's value as the host's number, as the packet mark lies there.
std::uint32_t host_word(std::span<const std::byte> bytes) {
  std::uint32_t word = 0;
  if (bytes.size() == sizeof word) std::memcpy(&word, bytes.data(), sizeof word);
  return word;
}

/// A string in an array of fixed size.
std::string terminated(std::span<const std::byte> bytes) {
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return text.substr(0, text.find('\0'));
}

/// Reads a rule's expressions in their order. What follows the load of a mark or a field says what is done with it.
class ExpressionReader {
 public:
  explicit ExpressionReader(RuleFacts& facts) : facts_(facts) {}

  void read(const std::string& name, const Attributes& data) {
    if (name == "immediate") return immediate(data);
    if (name == "meta") return meta(data);
    if (name == "payload") return payload(data);
    if (name == "ct") return connection(data);
    if (name == "bitwise") return bitwise(data);
    if (name == "cmp") return compare(data);
    if (name == "range") return compare_range(data);
    if (name == "lookup") return lookup(data);
    if (name == "match" || name == "target") return extension(name, data);
    if (name == "reject" || name == "synproxy") facts_.verdicts.denies = true;
    if (name == "queue") facts_.verdicts.accepts = true;
    static constexpr std::array<std::string_view, 6> kNoRegister{"counter", "log",   "objref",
                                                                 "notrack", "limit", "quota"};
    if (std::ranges::find(kNoRegister, name) == kNoRegister.end()) registers_.forget_all();
  }

 private:
  void immediate(const Attributes& data) {
    const NetlinkAttribute* immediate_data = find(data, NFTA_IMMEDIATE_DATA);
    const auto nest = immediate_data == nullptr ? std::nullopt : parse_attributes(immediate_data->payload);
    const NetlinkAttribute* verdict = nest ? find(*nest, NFTA_DATA_VERDICT) : nullptr;
    if (verdict == nullptr) return load(data, NFTA_IMMEDIATE_DREG, kLongestRegister);
    if (const auto verdicts = parse_verdict_data(verdict->payload)) facts_.verdicts.add(*verdicts);
  }

  void meta(const Attributes& data) {
    const auto key = number(data, NFTA_META_KEY);
    if (find(data, NFTA_META_SREG) != nullptr) {
      if (key != NFT_META_MARK) return;
      facts_.mark_bits |= written_;
      written_ = kAllBits;
      return;
    }
    if (key == NFT_META_L4PROTO) return load(data, NFTA_META_DREG, 1, KeyPart{Field::protocol, 0, 1});
    if (key == NFT_META_IIF) return load(data, NFTA_META_DREG, 4, KeyPart{Field::loopback, 0, 4});
    if (key == NFT_META_IIFNAME)
      return load(data, NFTA_META_DREG, kInterfaceName, KeyPart{Field::loopback, 0, kInterfaceName});
    load(data, NFTA_META_DREG, kLongestRegister);
    mark_ = key == NFT_META_MARK;
    read_ = kAllBits;
  }

  void payload(const Attributes& data) {
    if (find(data, NFTA_PAYLOAD_DREG) == nullptr) return;
    const auto base = number(data, NFTA_PAYLOAD_BASE);
    const std::uint32_t offset = number(data, NFTA_PAYLOAD_OFFSET).value_or(0);
    const std::uint32_t length = number(data, NFTA_PAYLOAD_LEN).value_or(0);
    std::optional<KeyPart> part;
    // The ports may be loaded together.
    if (base == NFT_PAYLOAD_TRANSPORT_HEADER && offset <= kDestinationPortOffset &&
        offset + length >= kDestinationPortOffset + 2) {
      part = KeyPart{Field::port, kDestinationPortOffset - offset, 2};
    }
    const bool protocol = offset == kIpv4ProtocolOffset || offset == kIpv6NextHeaderOffset;
    if (base == NFT_PAYLOAD_NETWORK_HEADER && protocol && length == 1U) part = KeyPart{Field::protocol, 0, 1};
    load(data, NFTA_PAYLOAD_DREG, length, part);
  }

  void connection(const Attributes& data) {
    if (find(data, NFTA_CT_DREG) == nullptr) return;
    const auto key = number(data, NFTA_CT_KEY);
    if (key == NFT_CT_STATE) return load(data, NFTA_CT_DREG, 4, KeyPart{Field::state, 0, 4});
    if (key == NFT_CT_STATUS) return load(data, NFTA_CT_DREG, 4, KeyPart{Field::redirected, 0, 4});
    load(data, NFTA_CT_DREG, kLongestRegister);
  }

  void bitwise(const Attributes& data) {
    const auto mask = value(data, NFTA_BITWISE_MASK);
    const auto flip = value(data, NFTA_BITWISE_XOR);
    registers_.combine(reg(data, NFTA_BITWISE_SREG), reg(data, NFTA_BITWISE_DREG), mask, flip);
    if (!mark_) return;
    read_ = host_word(mask);
    written_ = ~host_word(mask) | host_word(flip);
  }

  void compare(const Attributes& data) {
    if (mark_) facts_.mark_bits |= read_;
    note(registers_.compare(reg(data, NFTA_CMP_SREG), number(data, NFTA_CMP_OP).value_or(NFT_CMP_EQ),
                            value(data, NFTA_CMP_DATA)));
  }

  void compare_range(const Attributes& data) {
    if (mark_) facts_.mark_bits |= read_;
    note(registers_.compare_range(reg(data, NFTA_RANGE_SREG), number(data, NFTA_RANGE_OP) != NFT_RANGE_NEQ,
                                  value(data, NFTA_RANGE_FROM_DATA), value(data, NFTA_RANGE_TO_DATA)));
  }

  void lookup(const Attributes& data) {
    if (mark_) facts_.mark_bits |= read_;
    SetCondition condition{text(data, NFTA_LOOKUP_SET),
                           (number(data, NFTA_LOOKUP_FLAGS).value_or(0) & NFT_LOOKUP_F_INV) != 0,
                           registers_.parts(reg(data, NFTA_LOOKUP_SREG))};
    mark_ = false;
    if (find(data, NFTA_LOOKUP_DREG) == nullptr) {
      if (!condition.parts.empty()) facts_.set_conditions.push_back(std::move(condition));
      return;
    }
    if (number(data, NFTA_LOOKUP_DREG) != NFT_REG_VERDICT) return load(data, NFTA_LOOKUP_DREG, kLongestRegister);
    facts_.verdict_maps.push_back(std::move(condition));
  }

  void extension(const std::string& kind, const Attributes& data) {
    // A match and a target are described alike.
    static_assert(static_cast<int>(NFTA_MATCH_NAME) == NFTA_TARGET_NAME &&
                  static_cast<int>(NFTA_MATCH_REV) == NFTA_TARGET_REV &&
                  static_cast<int>(NFTA_MATCH_INFO) == NFTA_TARGET_INFO);
    const NetlinkAttribute* info = find(data, NFTA_TARGET_INFO);
    const std::span<const std::byte> bytes = info == nullptr ? std::span<const std::byte>() : info->payload;
    const std::string name = text(data, NFTA_TARGET_NAME);
    const std::uint32_t revision = number(data, NFTA_TARGET_REV).value_or(0);
    // iptables-restore writes a comment so, and not as the rule's own.
    if (name == "comment" && facts_.comment.empty()) facts_.comment = terminated(bytes);
    ExtensionFacts extension =
        kind == "match" ? match_facts(name, revision, bytes) : target_facts(name, revision, bytes);
    facts_.mark_bits |= extension.mark_bits;
    for (Condition& condition : extension.conditions) facts_.conditions.push_back(std::move(condition));
    facts_.verdicts.denies = facts_.verdicts.denies || extension.denies;
    facts_.verdicts.accepts = facts_.verdicts.accepts || extension.accepts;
  }

  static std::uint32_t reg(const Attributes& data, std::uint16_t type) {
    return number(data, type).value_or(NFT_REG_VERDICT);
  }
  void load(const Attributes& data, std::uint16_t destination, std::size_t length,
            std::optional<KeyPart> part = std::nullopt) {
    mark_ = false;
    registers_.load(reg(data, destination), length, part);
  }
  void note(std::optional<Condition> condition) {
    if (condition) facts_.conditions.push_back(std::move(*condition));
    mark_ = false;
  }

  RuleFacts& facts_;
  Registers registers_;
  bool mark_ = false;                 ///< the packet mark was loaded last
  std::uint32_t read_ = kAllBits;     ///< bits of the loaded mark that are looked at
  std::uint32_t written_ = kAllBits;  ///< bits that setting the mark would change
};

std::string comment_of(std::span<const std::byte> userdata) {
  while (userdata.size() >= 2) {
    const auto length = std::to_integer<std::size_t>(userdata[1]);
    if (length > userdata.size() - 2) break;
    if (userdata[0] == kCommentType) {
      const std::string text(reinterpret_cast<const char*>(userdata.data() + 2), length);
      return text.substr(0, text.find('\0'));
    }
    userdata = userdata.subspan(2 + length);
  }
  return {};
}

}  // namespace

void Verdicts::add(const Verdicts& other) {
  accepts = accepts || other.accepts;
  denies = denies || other.denies;
  returns = returns || other.returns;
  jumps.insert(jumps.end(), other.jumps.begin(), other.jumps.end());
  gotos.insert(gotos.end(), other.gotos.begin(), other.gotos.end());
}

std::optional<Verdicts> parse_verdict_data(std::span<const std::byte> nest) {
  const auto attributes = parse_attributes(nest);
  const auto code = attributes ? number(*attributes, NFTA_VERDICT_CODE) : std::nullopt;
  if (!code) return std::nullopt;
  Verdicts verdicts;
  switch (static_cast<std::int32_t>(*code)) {
    case NFT_CONTINUE:
    case NFT_BREAK:
      break;
    case NFT_RETURN:
      verdicts.returns = true;
      break;
    case NFT_JUMP:
      verdicts.jumps.push_back(text(*attributes, NFTA_VERDICT_CHAIN));
      break;
    case NFT_GOTO:
      verdicts.gotos.push_back(text(*attributes, NFTA_VERDICT_CHAIN));
      break;
    case NF_DROP:
      verdicts.denies = true;
      break;
    default:
      verdicts.accepts = true;  // NF_ACCEPT, NF_QUEUE with its flags, whatever else lets a packet live
  }
  return verdicts;
}

std::optional<RuleFacts> parse_rule_facts(const NetlinkMessage& message) {
  if (nft_type(message) != NFT_MSG_NEWRULE) return std::nullopt;
  const auto attributes = message.attributes();
  const NetlinkAttribute* handle = attributes ? find(*attributes, NFTA_RULE_HANDLE) : nullptr;
  if (handle == nullptr || !handle->be64()) return std::nullopt;
  RuleFacts facts;
  facts.handle = *handle->be64();
  facts.chain = text(*attributes, NFTA_RULE_CHAIN);
  if (const NetlinkAttribute* userdata = find(*attributes, NFTA_RULE_USERDATA); userdata != nullptr) {
    facts.comment = comment_of(userdata->payload);
  }
  const NetlinkAttribute* list = find(*attributes, NFTA_RULE_EXPRESSIONS);
  if (list == nullptr) return facts;
  const auto expressions = parse_attributes(list->payload);
  if (!expressions) return std::nullopt;
  ExpressionReader reader(facts);
  for (const NetlinkAttribute& item : *expressions) {
    const auto expression = parse_attributes(item.payload);
    if (!expression) return std::nullopt;
    const NetlinkAttribute* data = find(*expression, NFTA_EXPR_DATA);
    const auto nest = data == nullptr ? std::optional(Attributes{}) : parse_attributes(data->payload);
    if (!nest) return std::nullopt;
    reader.read(text(*expression, NFTA_EXPR_NAME), *nest);
  }
  return facts;
}

}  // namespace jitgate::nft
