#include "agent/model/port.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace jitgate {
namespace {

constexpr std::array kTcp{Transport::tcp};
constexpr std::array kUdp{Transport::udp};
constexpr std::array kAny{Transport::tcp, Transport::udp, Transport::dccp, Transport::sctp, Transport::udplite};

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

Result<PortNumber> PortNumber::from(std::int64_t number) {
  if (number < 1 || number > 65535) return error(errc::invalid_argument, "a port is a number from 1 to 65535");
  return PortNumber(static_cast<std::uint16_t>(number));
}

Result<PortNumber> PortNumber::parse(std::string_view text) {
  std::int64_t number = 0;
  const bool digit_first = !text.empty() && text[0] >= '1' && text[0] <= '9';
  if (digit_first && text.size() <= 5) {
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc{} || end != text.data() + text.size()) number = 0;
  }
  return from(number);
}

std::string_view to_string(Transport transport) {
  switch (transport) {
    case Transport::tcp:
      return "tcp";
    case Transport::udp:
      return "udp";
    case Transport::dccp:
      return "dccp";
    case Transport::sctp:
      return "sctp";
    case Transport::udplite:
      return "udplite";
  }
  return "unknown";
}

std::string_view to_string(Protocol protocol) {
  switch (protocol) {
    case Protocol::tcp:
      return "TCP";
    case Protocol::udp:
      return "UDP";
    case Protocol::any:
      return "*";
  }
  return "unknown";
}

Result<Protocol> parse_protocol(std::string_view text) {
  for (const Protocol protocol : {Protocol::tcp, Protocol::udp, Protocol::any}) {
    if (equal_ignoring_case(text, to_string(protocol))) return protocol;
  }
  return error(errc::invalid_argument, "the protocol must be TCP, UDP or *");
}

std::span<const Transport> transports(Protocol protocol) {
  switch (protocol) {
    case Protocol::tcp:
      return kTcp;
    case Protocol::udp:
      return kUdp;
    case Protocol::any:
      return kAny;
  }
  return {};
}

bool contains(Protocol outer, Protocol inner) {
  return outer == Protocol::any || outer == inner;
}

}  // namespace jitgate
