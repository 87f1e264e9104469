#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "platform/firewall_backend.hpp"
#include "platform/linux/netlink_message.hpp"
#include "platform/linux/nft_element.hpp"

/// What nf_tables messages say (linux/netfilter/nf_tables.h). Pure: bytes in, values out; nullopt for a message that is
/// of another kind or malformed.
namespace jitgate::nft {

struct TableInfo {
  std::uint32_t flags = 0;
  std::uint32_t owner = 0;  ///< port id of the owner's socket; 0: nobody
};
[[nodiscard]] std::optional<TableInfo> parse_table(const NetlinkMessage& message);

struct ElementInfo {
  std::span<const std::byte> key;
  std::optional<Milliseconds> remaining;  ///< nullopt: it never expires
  std::uint64_t packets = 0;              ///< what its counter says, where it has one
};
[[nodiscard]] std::optional<std::vector<ElementInfo>> parse_elements(const NetlinkMessage& message);

[[nodiscard]] std::optional<DenyCounter> parse_counter(const NetlinkMessage& message);

/// Gathers what somebody else did, to our table and to chains and rules of others, out of change events.
class ChangeLog {
 public:
  /// True when a change of the elements of this set (family, table, name) of somebody else matters.
  using SetMatters = std::function<bool(std::uint8_t, const std::string&, const std::string&)>;

  /// `own_port_id`: the socket that our own transactions go through.
  explicit ChangeLog(std::uint32_t own_port_id) : own_port_id_(own_port_id) {}
  void watch_sets(SetMatters matters) { set_matters_ = std::move(matters); }

  /// Reads one datagram of events.
  void read(std::span<const std::byte> datagram);
  void lost(std::string reason);
  /// Why the table is in doubt, once: "changed by nft (pid 4242)", "events lost". nullopt: nothing happened since the
  /// last call.
  [[nodiscard]] std::optional<std::string> take();
  /// True, once, when chains or rules of others changed, or may have.
  [[nodiscard]] bool take_foreign() { return std::exchange(foreign_, false); }

 private:
  void read(const NetlinkMessage& message);
  void read_foreign(std::uint8_t type, std::uint8_t family, const std::vector<NetlinkAttribute>& attributes);

  std::uint32_t own_port_id_;
  SetMatters set_matters_;
  bool foreign_ = false;
  bool changed_ = false;  ///< waiting for the message that says who did it
  std::optional<std::string> reason_;
};

}  // namespace jitgate::nft
