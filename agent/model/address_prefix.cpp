#include "agent/model/address_prefix.hpp"

#include <algorithm>
#include <charconv>

#include "agent/model/address_text.hpp"

namespace jitgate {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned kMappedBits = 96;

/// The longest text that can be a prefix: eight groups with a dotted tail and a length.
constexpr std::size_t kMaxText = 64;

bool in_mapped_range(std::span<const std::uint8_t> address, unsigned length) {
  return address.size() == 16 && length >= kMappedBits &&
         std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), address.begin());
}

std::uint8_t mask_of_byte(std::size_t index, unsigned length) {
  const auto first_bit = static_cast<unsigned>(index * 8);
  if (length >= first_bit + 8) return 0xff;
  if (length <= first_bit) return 0;
  return static_cast<std::uint8_t>(0xff << (8 - (length - first_bit)));
}

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t size = 0;
  std::span<const std::uint8_t> span() const { return {bytes.data(), size}; }
};

std::optional<Address> parse_address(std::string_view text) {
  Address address;
  if (const auto v4 = parse_ipv4(text)) {
    std::copy(v4->begin(), v4->end(), address.bytes.begin());
    address.size = 4;
    return address;
  }
  if (const auto v6 = parse_ipv6(text)) {
    address.bytes = *v6;
    address.size = 16;
    return address;
  }
  return std::nullopt;
}

Result<unsigned> parse_length(std::string_view text, unsigned bits) {
  unsigned length = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), length);
  const bool digits = ec == std::errc{} && end == text.data() + text.size() && !(text.size() > 1 && text[0] == '0');
  if (!digits || length > bits) {
    return error(errc::invalid_argument, "the prefix length must be a number from 0 to " + std::to_string(bits));
  }
  return length;
}

}  // namespace

Result<AddressPrefix> AddressPrefix::parse(std::string_view text) {
  if (text.size() > kMaxText) return error(errc::invalid_argument, "too long for an address or prefix");
  const std::size_t slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  const auto address = parse_address(host);
  if (!address) {
    const bool zoned = host.find('%') != std::string_view::npos;
    return error(errc::invalid_argument,
                 zoned ? "an address with a zone cannot be used"
                       : "not an IPv4 or IPv6 address or prefix such as 203.0.113.7 or 2001:db8::/56");
  }
  const auto bits = static_cast<unsigned>(address->size * 8);
  unsigned length = bits;
  if (slash != std::string_view::npos) {
    const auto parsed = parse_length(text.substr(slash + 1), bits);
    if (!parsed) return parsed.error();
    length = *parsed;
  }
  const AddressPrefix prefix = of(address->span(), length);
  if (in_mapped_range(address->span(), length)) {
    return error(errc::invalid_argument,
                 "an IPv4-mapped IPv6 address is IPv4 on the wire; write " + prefix.to_string());
  }
  if (!std::ranges::equal(prefix.bytes(), address->span())) {
    return error(errc::invalid_argument,
                 "host bits are set behind the prefix length; did you mean " + prefix.to_string() + "?");
  }
  return prefix;
}

AddressPrefix AddressPrefix::of(std::span<const std::uint8_t> address, unsigned length) {
  if (in_mapped_range(address, length)) return of(address.subspan(kMappedPrefix.size()), length - kMappedBits);
  AddressPrefix prefix;
  prefix.family_ = address.size() == 4 ? Family::ipv4 : Family::ipv6;
  prefix.length_ = static_cast<std::uint8_t>(length);
  for (std::size_t i = 0; i < address.size(); ++i) {
    prefix.bytes_[i] = static_cast<std::uint8_t>(address[i] & mask_of_byte(i, length));
  }
  return prefix;
}

AddressPrefix AddressPrefix::any(Family family) {
  AddressPrefix prefix;
  prefix.family_ = family;
  return prefix;
}

bool AddressPrefix::contains(const AddressPrefix& other) const {
  return family_ == other.family_ && length_ <= other.length_ && of(other.bytes(), length_).bytes_ == bytes_;
}

bool AddressPrefix::is_link_local() const {
  if (family_ == Family::ipv4) return length_ >= 16 && bytes_[0] == 169 && bytes_[1] == 254;
  return length_ >= 10 && bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;
}

std::string AddressPrefix::to_string() const {
  const std::span<const std::uint8_t, 16> all(bytes_);
  std::string text = family_ == Family::ipv4 ? format_ipv4(all.first<4>()) : format_ipv6(all);
  if (!is_host()) text += "/" + std::to_string(length_);
  return text;
}

}  // namespace jitgate
