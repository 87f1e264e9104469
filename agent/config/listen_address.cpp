#include "agent/config/sections.hpp"
#include "agent/model/address_text.hpp"

namespace jitgate {
namespace {

/// Splits "address:port"; an IPv6 address stands in brackets. The address is not looked at.
std::optional<ListenAddress> split_listen(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view digits = text.substr(colon + 1);
  const auto number = PortNumber::parse(digits);
  if (!number) return std::nullopt;
  std::string_view address = text.substr(0, colon);
  if (!address.starts_with('[')) return ListenAddress{std::string(address), number->value()};
  if (!address.ends_with(']') || address.find(':') == std::string_view::npos) return std::nullopt;
  return ListenAddress{std::string(address.substr(1, address.size() - 2)), number->value()};
}

bool is_address(const std::string& text, bool ipv6) {
  return ipv6 ? parse_ipv6(text).has_value() : parse_ipv4(text).has_value();
}

}  // namespace

std::optional<ListenAddress> read_listen_address(const Field& field, const std::string& expected) {
  const auto text = scalar_text(field);
  auto listen = text ? split_listen(*text) : std::nullopt;
  if (listen && is_address(listen->address, text->starts_with('['))) return listen;
  field.wrong(shown(field) + " is not an address and a port", expected);
  return std::nullopt;
}

}  // namespace jitgate
