#include "platform/linux/netlink_message.hpp"

#include <endian.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include <algorithm>
#include <cstring>

namespace jitgate {
namespace {

template <class T>
std::optional<T> load(std::span<const std::byte> bytes) {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

/// The next multiple of 4, or the end where the last one is not padded.
std::size_t padded(std::size_t length, std::size_t end) {
  return std::min((length + 3) & ~std::size_t{3}, end);
}

}  // namespace

std::optional<std::uint32_t> NetlinkAttribute::be32() const {
  const auto raw = load<std::uint32_t>(payload);
  return raw && payload.size() == sizeof *raw ? std::optional(be32toh(*raw)) : std::nullopt;
}

std::optional<std::uint64_t> NetlinkAttribute::be64() const {
  const auto raw = load<std::uint64_t>(payload);
  return raw && payload.size() == sizeof *raw ? std::optional(be64toh(*raw)) : std::nullopt;
}

std::optional<std::string_view> NetlinkAttribute::text() const {
  const std::string_view all(reinterpret_cast<const char*>(payload.data()), payload.size());
  const std::size_t end = all.find('\0');
  return end == std::string_view::npos ? std::nullopt : std::optional(all.substr(0, end));
}

std::optional<std::vector<NetlinkAttribute>> parse_attributes(std::span<const std::byte> bytes) {
  std::vector<NetlinkAttribute> attributes;
  while (!bytes.empty()) {
    const auto header = load<nlattr>(bytes);
    if (!header || header->nla_len < sizeof(nlattr) || header->nla_len > bytes.size()) return std::nullopt;
    attributes.push_back({static_cast<std::uint16_t>(header->nla_type & NLA_TYPE_MASK),
                          bytes.subspan(sizeof(nlattr), header->nla_len - sizeof(nlattr))});
    bytes = bytes.subspan(padded(header->nla_len, bytes.size()));
  }
  return attributes;
}

const NetlinkAttribute* find(const std::vector<NetlinkAttribute>& attributes, std::uint16_t type) {
  for (const NetlinkAttribute& attribute : attributes) {
    if (attribute.type == type) return &attribute;
  }
  return nullptr;
}

std::optional<std::uint8_t> NetlinkMessage::family() const {
  const auto header = load<nfgenmsg>(payload);
  return header ? std::optional(header->nfgen_family) : std::nullopt;
}

std::optional<std::vector<NetlinkAttribute>> NetlinkMessage::attributes() const {
  if (payload.size() < sizeof(nfgenmsg)) return std::nullopt;
  return parse_attributes(payload.subspan(sizeof(nfgenmsg)));
}

std::optional<NetlinkVerdict> parse_verdict(const NetlinkMessage& message) {
  const auto body = load<nlmsgerr>(message.payload);
  // An error is negative, an acknowledgement zero; a positive value is neither (netlink(7)).
  if (!body || body->error > 0 || body->error < -4095) return std::nullopt;
  NetlinkVerdict verdict{-body->error, std::nullopt};
  if ((message.flags & NLM_F_ACK_TLVS) == 0) return verdict;
  std::size_t start = sizeof(nlmsgerr);
  if ((message.flags & NLM_F_CAPPED) == 0) {
    if (body->msg.nlmsg_len < sizeof(nlmsghdr)) return verdict;
    start += body->msg.nlmsg_len - sizeof(nlmsghdr);
  }
  if (start > message.payload.size()) return verdict;
  const auto details = parse_attributes(message.payload.subspan(padded(start, message.payload.size())));
  const NetlinkAttribute* offset = details ? find(*details, NLMSGERR_ATTR_OFFS) : nullptr;
  if (offset != nullptr) verdict.attribute = load<std::uint32_t>(offset->payload);
  return verdict;
}

Result<std::vector<NetlinkMessage>> parse_netlink_messages(std::span<const std::byte> datagram) {
  std::vector<NetlinkMessage> messages;
  while (!datagram.empty()) {
    const auto header = load<nlmsghdr>(datagram);
    if (!header || header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > datagram.size()) {
      return error(errc::system_failed, "a message does not fit into its datagram", "netlink");
    }
    const std::span<const std::byte> whole = datagram.first(header->nlmsg_len);
    messages.push_back({header->nlmsg_type, header->nlmsg_flags, header->nlmsg_seq, header->nlmsg_pid,
                        whole.subspan(sizeof(nlmsghdr)), whole});
    datagram = datagram.subspan(padded(header->nlmsg_len, datagram.size()));
  }
  return messages;
}

std::optional<std::uint8_t> nft_type(const NetlinkMessage& message) {
  if (message.type < NLMSG_MIN_TYPE || NFNL_SUBSYS_ID(message.type) != NFNL_SUBSYS_NFTABLES) return std::nullopt;
  return static_cast<std::uint8_t>(NFNL_MSG_TYPE(message.type));
}

}  // namespace jitgate
