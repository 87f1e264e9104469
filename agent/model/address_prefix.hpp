#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "agent/model/result.hpp"

namespace jitgate {

enum class Family : std::uint8_t { ipv4, ipv6 };

/// The bits of an address of this family: 32 or 128.
constexpr unsigned address_bits(Family family) {
  return family == Family::ipv4 ? 32 : 128;
}

/// An IPv4 or IPv6 prefix in canonical form: no bit is set behind the prefix length. A host is a /32 or a /128.
/// IPv4-mapped IPv6 (::ffff:0:0/96, RFC 4291 2.5.5.2) cannot be held: on the wire such a peer is IPv4, so text in that
/// form is refused, with the IPv4 form in the message.
class AddressPrefix {
 public:
  /// `text`: "203.0.113.7", "10.0.0.0/8", "2001:db8::/56". Refused: zones ("fe80::1%eth0"), leading zeros, spaces, a
  /// length out of range, and host bits behind the length (the message says which prefix was probably meant).
  [[nodiscard]] static Result<AddressPrefix> parse(std::string_view text);

  /// The prefix that is `length` bits of `address` (4 or 16 bytes, network order), with the rest cleared.
  /// IPv4-mapped bytes (with a length of 96 or more) give the IPv4 prefix they stand for.
  /// Precondition: address.size() is 4 or 16, and length <= 8 * address.size().
  [[nodiscard]] static AddressPrefix of(std::span<const std::uint8_t> address, unsigned length);

  /// 0.0.0.0/0 or ::/0.
  [[nodiscard]] static AddressPrefix any(Family family);

  [[nodiscard]] Family family() const { return family_; }
  [[nodiscard]] unsigned length() const { return length_; }
  [[nodiscard]] bool is_host() const { return length_ == address_bits(family_); }
  /// Network byte order, 4 or 16 bytes.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return {bytes_.data(), address_bits(family_) / 8}; }
  /// True containment: same family, and every address of `other` lies in this prefix.
  [[nodiscard]] bool contains(const AddressPrefix& other) const;
  /// fe80::/10 or 169.254.0.0/16 (RFC 4291, RFC 3927): not a source that a grant can name.
  [[nodiscard]] bool is_link_local() const;
  /// Canonical text (RFC 5952 for IPv6); a host without "/32" or "/128".
  [[nodiscard]] std::string to_string() const;

  friend auto operator<=>(const AddressPrefix&, const AddressPrefix&) = default;

 private:
  AddressPrefix() = default;

  Family family_ = Family::ipv4;
  std::uint8_t length_ = 0;
  std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace jitgate
