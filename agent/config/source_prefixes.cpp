#include <algorithm>

#include "agent/config/sections.hpp"

namespace jitgate {
namespace {

constexpr const char* kExpected = "a prefix such as 203.0.113.7, 10.0.0.0/8 or 2001:db8::/56";
constexpr std::size_t kMaxAllowedPrefixes = 256;

std::optional<AddressPrefix> read_prefix(const Field& field) {
  const auto text = scalar_text(field);
  if (!text) {
    field.wrong(shown(field) + " is not text", kExpected);
    return std::nullopt;
  }
  const auto prefix = AddressPrefix::parse(*text);
  if (!prefix) {
    field.wrong(shown(field) + " is not valid: " + prefix.error().message, kExpected);
    return std::nullopt;
  }
  return *prefix;
}

std::vector<AddressPrefix> every_address() {
  return {AddressPrefix::any(Family::ipv4), AddressPrefix::any(Family::ipv6)};
}

}  // namespace

std::optional<std::vector<AddressPrefix>> read_prefixes(const Field& field, std::size_t min, std::size_t max) {
  const auto elements = read_list(field, "a list of prefixes", min, max);
  if (!elements) return std::nullopt;
  std::vector<AddressPrefix> prefixes;
  bool all_right = true;
  for (const Field& element : *elements) {
    const auto prefix = read_prefix(element);
    if (!prefix) {
      all_right = false;
    } else if (std::ranges::find(prefixes, *prefix) != prefixes.end()) {
      element.wrong(shown(element) + " is given twice", "each prefix once");
      all_right = false;
    } else {
      prefixes.push_back(*prefix);
    }
  }
  return all_right ? std::optional(prefixes) : std::nullopt;
}

std::optional<std::vector<AddressPrefix>> read_prefix_or_any(const Field& field) {
  if (scalar_text(field) == "*") return every_address();
  const auto prefix = read_prefix(field);
  if (!prefix) return std::nullopt;
  return std::vector{*prefix};
}

std::optional<std::vector<AddressPrefix>> read_prefixes_or_any(const Field& field) {
  const auto& items = field.node().items;
  const bool one = field.node().kind == YamlNode::Kind::sequence && items.size() == 1;
  if (one && items[0].kind == YamlNode::Kind::scalar && items[0].text == "*") return every_address();
  return read_prefixes(field, 1, kMaxAllowedPrefixes);
}

}  // namespace jitgate
