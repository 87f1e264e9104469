#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "agent/model/address_prefix.hpp"
#include "agent/model/clock.hpp"
#include "agent/model/port.hpp"

namespace jitgate {

/// What an allow entry is looked up by: the kernel compares exactly this with each packet.
struct AllowKey {
  AddressPrefix source;
  TransportPort port;
  friend auto operator<=>(const AllowKey&, const AllowKey&) = default;
};

struct AllowKeyHash {
  std::size_t operator()(const AllowKey& key) const;
};

/// A hole in the lock. There is no way to write one down without its deadline.
struct AllowEntry {
  AllowKey key;
  BootTime closes_at;
  friend auto operator<=>(const AllowEntry&, const AllowEntry&) = default;
};

/// What happens to a packet that nothing admits.
enum class DenyAction : std::uint8_t {
  drop,
  reject,  ///< TCP reset, or ICMP administratively prohibited
  audit,   ///< counted and logged, and let through (`mode: audit`)
};

/// What the rules of others say about a locked port (`enforcement.existingRules`).
enum class ExistingRules : std::uint8_t {
  honor,     ///< what they accept explicitly passes
  override,  ///< the lock wins
};

/// The static part of the ruleset: everything that does not depend on grants.
struct Lock {
  std::vector<TransportPort> ports;         ///< sorted, unique
  std::vector<AddressPrefix> always_allow;  ///< sources that pass without a grant
  DenyAction deny = DenyAction::drop;
  /// Trial activation: the kernel itself lifts the lock then. nullopt: the lock stays.
  std::optional<BootTime> lifts_at;
  ExistingRules existing_rules = ExistingRules::override;
  bool forwarded = false;  ///< ports published to containers (DNAT) are locked too
  friend bool operator==(const Lock&, const Lock&) = default;
};

/// One atomic change of the firewall. Each kind is idempotent.
/// The table is built anew: this lock, exactly these entries, nothing else.
struct ReplaceTable {
  Lock lock;
  std::vector<AllowEntry> entries;  ///< at most kMaxEntriesPerTransaction
};
/// Entries are opened, re-timed (`put`) or closed (`close`; one that is gone already is no error).
struct ChangeEntries {
  std::vector<AllowEntry> put;
  std::vector<AllowKey> close;
};
/// Nothing of ours is left.
struct RemoveTable {};
using FirewallTransaction = std::variant<ReplaceTable, ChangeEntries, RemoveTable>;

/// A grant that arrives during a bulk load waits for one transaction of this size: 1-3 ms.
inline constexpr std::size_t kMaxEntriesPerTransaction = 900;

}  // namespace jitgate
