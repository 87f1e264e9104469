#include "platform/linux/foreign_rule.hpp"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "platform/linux/foreign_xt.hpp"

namespace jitgate::nft {
namespace {

using Attributes = std::vector<NetlinkAttribute>;

constexpr std::uint32_t kAllBits = ~std::uint32_t{0};
constexpr std::byte kCommentType{0};  // NFTNL_UDATA_RULE_COMMENT, which nft and iptables write alike
constexpr std::uint32_t kDestinationPortOffset = 2;
constexpr std::uint32_t kIpv4ProtocolOffset = 9;
constexpr std::uint32_t kIpv6NextHeaderOffset = 6;

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

/// Reads a rule's expressions in their order. What follows the load of a mark or a port says what is done with it.
class ExpressionReader {
 public:
  explicit ExpressionReader(RuleFacts& facts) : facts_(facts) {}

  void read(const std::string& name, const Attributes& data) {
    if (name == "immediate") return immediate(data);
    if (name == "meta") return meta(data);
    if (name == "payload") return payload(data);
    if (name == "bitwise") return bitwise(data);
    if (name == "cmp") return compare(data);
    if (name == "range") return matched();
    if (name == "lookup") return lookup(data);
    if (name == "match" || name == "target") return extension(name, data);
    if (name == "reject" || name == "synproxy") facts_.verdicts.denies = true;
    if (name == "queue") facts_.verdicts.accepts = true;
    if (name != "counter" && name != "log" && name != "objref" && name != "notrack") facts_.matches = true;
  }

 private:
  enum class Loaded { nothing, mark, port, protocol };

  void immediate(const Attributes& data) {
    const NetlinkAttribute* immediate_data = find(data, NFTA_IMMEDIATE_DATA);
    const auto nest = immediate_data == nullptr ? std::nullopt : parse_attributes(immediate_data->payload);
    const NetlinkAttribute* verdict = nest ? find(*nest, NFTA_DATA_VERDICT) : nullptr;
    if (verdict == nullptr) return;
    if (const auto verdicts = parse_verdict_data(verdict->payload)) facts_.verdicts.add(*verdicts);
  }

  void meta(const Attributes& data) {
    loaded_ = number(data, NFTA_META_KEY) == NFT_META_L4PROTO ? Loaded::protocol : Loaded::nothing;
    if (number(data, NFTA_META_KEY) != NFT_META_MARK) return;
    if (find(data, NFTA_META_SREG) != nullptr) {
      facts_.mark_bits |= written_;
      written_ = kAllBits;
      return;
    }
    loaded_ = Loaded::mark;
    read_ = kAllBits;
  }

  void payload(const Attributes& data) {
    loaded_ = Loaded::nothing;
    const auto base = number(data, NFTA_PAYLOAD_BASE);
    const auto offset = number(data, NFTA_PAYLOAD_OFFSET);
    const auto length = number(data, NFTA_PAYLOAD_LEN);
    if (base == NFT_PAYLOAD_TRANSPORT_HEADER && offset == kDestinationPortOffset && length == 2U)
      loaded_ = Loaded::port;
    const bool protocol = offset == kIpv4ProtocolOffset || offset == kIpv6NextHeaderOffset;
    if (base == NFT_PAYLOAD_NETWORK_HEADER && protocol && length == 1U) loaded_ = Loaded::protocol;
  }

  void bitwise(const Attributes& data) {
    if (loaded_ != Loaded::mark) return;
    const std::uint32_t keep = host_word(value(data, NFTA_BITWISE_MASK));
    const std::uint32_t flip = host_word(value(data, NFTA_BITWISE_XOR));
    read_ = keep;
    written_ = ~keep | flip;
  }

  void compare(const Attributes& data) {
    if (loaded_ == Loaded::mark) facts_.mark_bits |= read_;
    const std::span<const std::byte> bytes = value(data, NFTA_CMP_DATA);
    const bool equal = number(data, NFTA_CMP_OP) == NFT_CMP_EQ;
    if (loaded_ == Loaded::port && equal && bytes.size() == 2) {
      facts_.ports.push_back(
          static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[0]) << 8U | std::to_integer<unsigned>(bytes[1])));
    }
    if (loaded_ == Loaded::protocol && equal && bytes.size() == 1) {
      facts_.protocol = std::to_integer<std::uint8_t>(bytes[0]);
    }
    matched();
  }

  void lookup(const Attributes& data) {
    const std::string set = text(data, NFTA_LOOKUP_SET);
    if (loaded_ == Loaded::mark) facts_.mark_bits |= read_;
    if (find(data, NFTA_LOOKUP_DREG) == nullptr) {
      if (loaded_ == Loaded::port) facts_.port_sets.push_back(set);
      return matched();
    }
    if (number(data, NFTA_LOOKUP_DREG) == NFT_REG_VERDICT) facts_.verdict_maps.push_back(set);
    matched();
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
    const ExtensionFacts extension =
        kind == "match" ? match_facts(name, revision, bytes) : target_facts(name, revision, bytes);
    facts_.mark_bits |= extension.mark_bits;
    if (extension.protocol) facts_.protocol = extension.protocol;
    facts_.ports.insert(facts_.ports.end(), extension.ports.begin(), extension.ports.end());
    facts_.verdicts.denies = facts_.verdicts.denies || extension.denies;
    facts_.verdicts.accepts = facts_.verdicts.accepts || extension.accepts;
    facts_.matches = facts_.matches || extension.matches;
  }

  void matched() {
    facts_.matches = true;
    loaded_ = Loaded::nothing;
  }

  RuleFacts& facts_;
  Loaded loaded_ = Loaded::nothing;
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
