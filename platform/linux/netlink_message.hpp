#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "agent/model/result.hpp"

/// Reading netlink messages out of bytes (RFC 3549; net/netlink). Nothing here trusts a length: whatever the bytes are,
/// the answer is values that lie inside them, or an error. Views point into the bytes that were parsed.
namespace jitgate {

/// One attribute: its type without the NLA_F bits, and its payload.
struct NetlinkAttribute {
  std::uint16_t type;
  std::span<const std::byte> payload;

  [[nodiscard]] std::optional<std::uint32_t> be32() const;
  [[nodiscard]] std::optional<std::uint64_t> be64() const;
  /// Without the terminating zero; nullopt when there is none.
  [[nodiscard]] std::optional<std::string_view> text() const;
};

/// The attributes that lie one behind another in `bytes`; nullopt when a length does not fit.
[[nodiscard]] std::optional<std::vector<NetlinkAttribute>> parse_attributes(std::span<const std::byte> bytes);

/// The first attribute of this type; null when there is none.
[[nodiscard]] const NetlinkAttribute* find(const std::vector<NetlinkAttribute>& attributes, std::uint16_t type);

/// One message of a datagram.
struct NetlinkMessage {
  std::uint16_t type;
  std::uint16_t flags;
  std::uint32_t sequence;
  std::uint32_t port_id;
  std::span<const std::byte> payload;  ///< behind the netlink header
  std::span<const std::byte> whole;    ///< with it

  /// The family of the nfgenmsg that netfilter messages begin with; nullopt when it is cut off.
  [[nodiscard]] std::optional<std::uint8_t> family() const;
  /// The attributes behind the nfgenmsg; nullopt when they are malformed.
  [[nodiscard]] std::optional<std::vector<NetlinkAttribute>> attributes() const;
};

/// The kernel's verdict on one message.
struct NetlinkVerdict {
  int error_number;                        ///< positive errno, 0: acknowledged
  std::optional<std::uint32_t> attribute;  ///< offset of the offending attribute in the message that was sent
};
/// For a message of type NLMSG_ERROR; nullopt when it is malformed.
[[nodiscard]] std::optional<NetlinkVerdict> parse_verdict(const NetlinkMessage& message);

/// Every message of a datagram, or errc::system_failed when one does not fit into it.
[[nodiscard]] Result<std::vector<NetlinkMessage>> parse_netlink_messages(std::span<const std::byte> datagram);

/// NFT_MSG_x of a nf_tables message; nullopt for other subsystems and control messages.
[[nodiscard]] std::optional<std::uint8_t> nft_type(const NetlinkMessage& message);

}  // namespace jitgate
