#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "agent/model/result.hpp"

namespace jitgate {

/// 1..65535; zero cannot be held.
class PortNumber {
 public:
  [[nodiscard]] static Result<PortNumber> from(std::int64_t number);
  /// Decimal digits only: "22". Refused: "+22", "022", " 22", "0", "65536".
  [[nodiscard]] static Result<PortNumber> parse(std::string_view text);
  [[nodiscard]] std::uint16_t value() const { return value_; }
  friend auto operator<=>(PortNumber, PortNumber) = default;

 private:
  explicit PortNumber(std::uint16_t value) : value_(value) {}
  std::uint16_t value_;
};

/// A transport protocol with ports; the values are the IANA protocol numbers, as they stand in the packet.
enum class Transport : std::uint8_t { tcp = 6, udp = 17, dccp = 33, sctp = 132, udplite = 136 };

/// "tcp", "udp", "dccp", "sctp", "udplite", as nft names them.
std::string_view to_string(Transport transport);

/// What a policy, request or grant names. `any` is "*": every transport with ports.
enum class Protocol : std::uint8_t { tcp, udp, any };

/// "TCP", "UDP", "*".
std::string_view to_string(Protocol protocol);
/// "TCP", "UDP", "*" in any case; anything else is refused.
[[nodiscard]] Result<Protocol> parse_protocol(std::string_view text);
/// The transports that the protocol stands for.
[[nodiscard]] std::span<const Transport> transports(Protocol protocol);
/// True when every transport of `inner` is one of `outer`.
[[nodiscard]] bool contains(Protocol outer, Protocol inner);

/// One (transport, port) as the firewall sees it.
struct TransportPort {
  Transport transport;
  PortNumber number;
  friend auto operator<=>(const TransportPort&, const TransportPort&) = default;
};

}  // namespace jitgate
