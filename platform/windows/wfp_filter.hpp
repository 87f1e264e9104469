#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/model/address_prefix.hpp"
#include "agent/model/port.hpp"
#include "agent/model/ruleset.hpp"

namespace jitgate::wfp {

/// A GUID, its bytes in the order in which it is written ("e1cd9fe7-f4b5-..." begins with 0xe1).
using Guid = std::array<std::uint8_t, 16>;

/// The same GUID for the same text, in every process and on every host: the first half of its SHA-256, marked as a
/// UUID of version 8 (RFC 9562 5.8).
[[nodiscard]] Guid guid_of(std::string_view text);

/// How long the engine keeps a filter
/// (https://learn.microsoft.com/en-us/windows/win32/fwp/object-management, "Object Lifetimes").
enum class Lifetime : std::uint8_t {
  persistent,  ///< over reboots, while the Base Filtering Engine runs
  boot,        ///< from the start of the network stack until the engine runs
  /// Of a dynamic session: until it ends, with its process at the latest. Of another one: until it is deleted or the
  /// engine ends ("static").
  dynamic,
};

enum class Verdict : std::uint8_t { permit, block };

/// Weights in our sublayer: the first filter that matches decides, from the highest down.
namespace band {
inline constexpr std::uint8_t kLock = 1;
inline constexpr std::uint8_t kKeepEstablished = 2;
/// Below the grants: what was cut can come back by a new grant at once, and none that is open is ever cut.
inline constexpr std::uint8_t kCut = 3;
inline constexpr std::uint8_t kGrant = 8;
inline constexpr std::uint8_t kLoopback = 15;
}  // namespace band

/// One filter of ours, at the layer that authorises arriving connections (FWPM_LAYER_ALE_AUTH_RECV_ACCEPT_V4, _V6). All
/// that is set must match; what is not set matches everything.
struct Filter {
  Guid key{};
  std::string name;  ///< for people: `netsh wfp show filters` prints it
  Family family = Family::ipv4;
  Lifetime lifetime = Lifetime::persistent;
  Verdict verdict = Verdict::block;
  bool hard = false;  ///< a permit that a block in another sublayer does not override; a block always is
  std::uint8_t weight = 0;
  std::optional<Transport> transport;
  std::vector<std::uint16_t> ports{};     ///< local, sorted; one of them
  std::optional<AddressPrefix> remote{};  ///< of `family`, longer than /0
  std::uint16_t remote_port = 0;          ///< 0: any
  bool reauthorized = false;              ///< only flows that are judged again, for whatever reason
  /// Not what is judged again although it is new: a connection that a callout held back and lets go on, a multicast
  /// that arrives.
  bool admitted_before = false;
  bool loopback = false;  ///< only what does not leave the host
};

/// True when both do the same; names do not count.
[[nodiscard]] bool equal(const Filter& a, const Filter& b);

/// The transports that Windows has: a port of another one (UDP-Lite, SCTP, DCCP) gets no filter.
[[nodiscard]] bool has_filter(Transport transport);

/// The filters that do not depend on grants, and end with none. A lock that lifts itself (`lifts_at`) is made of
/// dynamic ones, so that it cannot outlive the process that is to lift it. `hard`: permits win over Windows Defender
/// Firewall.
[[nodiscard]] std::vector<Filter> lock_filters(const Lock& lock, bool hard);

/// Admits one key, in a dynamic session. Precondition: has_filter(key.port.transport).
[[nodiscard]] Filter grant_filter(const AllowKey& key, bool hard);

/// Stops what is established between this remote (prefix, port; 0: any) and the local port; nothing that is new.
[[nodiscard]] Filter cut_filter(const TransportPort& port, const AddressPrefix& remote, std::uint16_t remote_port);

/// The ports that these filters lock in both families (in audit mode: would lock), sorted.
[[nodiscard]] std::vector<TransportPort> ports_locked_by(const std::vector<Filter>& filters);

}  // namespace jitgate::wfp
