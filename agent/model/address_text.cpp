#include "agent/model/address_text.hpp"

#include <algorithm>
#include <charconv>

namespace jitgate {
namespace {

constexpr std::size_t kGroups = 8;

/// The 16-bit groups on one side of "::", or of the whole address.
struct Groups {
  std::array<std::uint16_t, kGroups> values{};
  std::size_t count = 0;

  bool push(unsigned value) {
    if (count == kGroups) return false;
    values[count++] = static_cast<std::uint16_t>(value);
    return true;
  }
};

bool push_hex_group(std::string_view text, Groups& groups) {
  if (text.empty() || text.size() > 4) return false;
  unsigned value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (ec != std::errc{} || end != text.data() + text.size()) return false;
  return groups.push(value);
}

bool push_dotted_tail(std::string_view text, Groups& groups) {
  const auto v4 = parse_ipv4(text);
  if (!v4) return false;
  const auto& b = *v4;
  return groups.push(static_cast<unsigned>(b[0] << 8 | b[1])) && groups.push(static_cast<unsigned>(b[2] << 8 | b[3]));
}

/// "a:b:c", possibly empty. `dotted_end`: the last piece may be a dotted IPv4 address.
std::optional<Groups> parse_groups(std::string_view text, bool dotted_end) {
  Groups groups;
  if (text.empty()) return groups;
  while (true) {
    const std::size_t colon = text.find(':');
    const std::string_view piece = text.substr(0, colon);
    const bool last = colon == std::string_view::npos;
    const bool dotted = piece.find('.') != std::string_view::npos;
    if (dotted && !(last && dotted_end)) return std::nullopt;
    if (!(dotted ? push_dotted_tail(piece, groups) : push_hex_group(piece, groups))) return std::nullopt;
    if (last) return groups;
    text.remove_prefix(colon + 1);
  }
}

struct ZeroRun {
  std::size_t first = 0;
  std::size_t length = 0;
};

ZeroRun longest_zero_run(const std::array<unsigned, kGroups>& groups) {
  ZeroRun best;
  for (std::size_t i = 0; i < kGroups; ++i) {
    std::size_t end = i;
    while (end < kGroups && groups[end] == 0) ++end;
    if (end - i > best.length) best = {i, end - i};
    i = std::max(i, end);
  }
  return best.length >= 2 ? best : ZeroRun{kGroups, 0};
}

void append_hex(std::string& text, unsigned value) {
  std::array<char, 8> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, 16).ptr;
  text.append(buffer.data(), end);
}

}  // namespace

std::optional<std::array<std::uint8_t, 4>> parse_ipv4(std::string_view text) {
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const bool last = i + 1 == bytes.size();
    const std::size_t dot = text.find('.');
    if (last != (dot == std::string_view::npos)) return std::nullopt;
    const std::string_view octet = text.substr(0, dot);
    if (octet.empty() || octet.size() > 3 || (octet.size() > 1 && octet[0] == '0')) return std::nullopt;
    const auto [end, ec] = std::from_chars(octet.data(), octet.data() + octet.size(), bytes[i]);
    if (ec != std::errc{} || end != octet.data() + octet.size()) return std::nullopt;
    if (!last) text.remove_prefix(dot + 1);
  }
  return bytes;
}

std::optional<std::array<std::uint8_t, 16>> parse_ipv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  const bool compressed = gap != std::string_view::npos;
  const auto head = parse_groups(text.substr(0, gap), !compressed);
  const auto tail = parse_groups(compressed ? text.substr(gap + 2) : std::string_view{}, true);
  if (!head || !tail) return std::nullopt;
  const std::size_t given = head->count + tail->count;
  // "::" stands for at least one group; RFC 5952 wants two, RFC 4291 does not.
  if (compressed ? given >= kGroups : given != kGroups) return std::nullopt;

  std::array<std::uint16_t, kGroups> groups{};
  std::copy_n(head->values.begin(), head->count, groups.begin());
  std::copy_n(tail->values.begin(), tail->count, groups.end() - static_cast<std::ptrdiff_t>(tail->count));
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < kGroups; ++i) {
    bytes[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8);
    bytes[2 * i + 1] = static_cast<std::uint8_t>(groups[i] & 0xff);
  }
  return bytes;
}

std::string format_ipv4(std::span<const std::uint8_t, 4> address) {
  std::string text;
  for (std::size_t i = 0; i < address.size(); ++i) {
    if (i != 0) text += '.';
    text += std::to_string(address[i]);
  }
  return text;
}

std::string format_ipv6(std::span<const std::uint8_t, 16> address) {
  std::array<unsigned, kGroups> groups{};
  for (std::size_t i = 0; i < kGroups; ++i) groups[i] = static_cast<unsigned>(address[2 * i] << 8 | address[2 * i + 1]);
  const ZeroRun run = longest_zero_run(groups);
  std::string text;
  for (std::size_t i = 0; i < kGroups; ++i) {
    if (i == run.first) {
      text += "::";
      i += run.length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    append_hex(text, groups[i]);
  }
  return text;
}

}  // namespace jitgate
