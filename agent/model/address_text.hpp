#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace jitgate {

/// Addresses as text, without the operating system's parser: inet_pton is not portable, and some accept zones or short
/// forms.

/// Four decimal octets without leading zeros; nullopt for anything else.
[[nodiscard]] std::optional<std::array<std::uint8_t, 4>> parse_ipv4(std::string_view text);

/// RFC 4291 2.2, all three forms; no zone. nullopt for anything else.
[[nodiscard]] std::optional<std::array<std::uint8_t, 16>> parse_ipv6(std::string_view text);

[[nodiscard]] std::string format_ipv4(std::span<const std::uint8_t, 4> address);

/// RFC 5952: lower case, no leading zeros, the longest (first) run of two or more zero groups as "::". Always
/// hexadecimal groups.
[[nodiscard]] std::string format_ipv6(std::span<const std::uint8_t, 16> address);

}  // namespace jitgate
