#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "agent/model/address_prefix.hpp"
#include "agent/model/clock.hpp"
#include "agent/model/port.hpp"

namespace jitgate {

/// What becomes of a connection that was established under a grant when the grant ends (docs/security.md).
struct KeepEstablished {
  friend bool operator==(KeepEstablished, KeepEstablished) = default;
};
struct TerminateEstablished {
  friend bool operator==(TerminateEstablished, TerminateEstablished) = default;
};
/// Kept for at most `after` beyond the end of the grant, then terminated.
struct KeepAtMost {
  Duration after;
  friend bool operator==(KeepAtMost, KeepAtMost) = default;
};
using OnExpiry = std::variant<KeepEstablished, TerminateEstablished, KeepAtMost>;

/// UDP has no end of connection: a flow is kept at most this long beyond its grant, whatever `onExpiry` says.
inline constexpr Duration kUdpKeptAtMost = std::chrono::hours(1);

/// How long after a grant's end its connections are cut; nullopt: never.
[[nodiscard]] std::optional<Duration> cut_after(const OnExpiry& on_expiry, Transport transport);

/// One locked port and what may be asked for it.
struct PolicyPort {
  PortNumber number;
  Protocol protocol;
  std::vector<AddressPrefix> allowed_sources;  ///< never empty; "*" is 0.0.0.0/0 and ::/0
  Duration max_duration;                       ///< PT1M..P30D
  bool require_justification = false;
  OnExpiry on_expiry = KeepEstablished{};
  bool require_approval = false;  ///< a second person decides
  friend bool operator==(const PolicyPort&, const PolicyPort&) = default;
};

/// The field's default for a new policy: from everywhere, for three hours at most.
[[nodiscard]] PolicyPort default_policy_port(PortNumber number, Protocol protocol);

/// A grant may not name a source wider than this.
struct PrefixLimits {
  unsigned ipv4 = 24;
  unsigned ipv6 = 56;
  friend bool operator==(const PrefixLimits&, const PrefixLimits&) = default;
};

struct Policy {
  std::vector<PolicyPort> ports;            ///< no two with the same number and an overlapping protocol
  std::vector<AddressPrefix> always_allow;  ///< break-glass sources, never locked out
  PrefixLimits limits;
  friend bool operator==(const Policy&, const Policy&) = default;

  /// The policy port with this number whose protocol contains `protocol`; null when the port is not in the policy.
  [[nodiscard]] const PolicyPort* find(PortNumber number, Protocol protocol) const;
  /// Every (transport, port) that the policy locks, sorted.
  [[nodiscard]] std::vector<TransportPort> locked_ports() const;
};

}  // namespace jitgate
