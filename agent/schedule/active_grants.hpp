#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/model/clock.hpp"
#include "agent/model/grant.hpp"
#include "agent/model/ruleset.hpp"

namespace jitgate {

/// One port of one grant.
struct GrantPortRef {
  std::string grant_id;
  std::size_t port = 0;
  friend auto operator<=>(const GrantPortRef&, const GrantPortRef&) = default;
};

/// The time at which a grant's port closes, on the boot clock: the earlier of its boot-time deadline and its UTC end as
/// the wall clock has it at this moment.
[[nodiscard]] BootTime closes_at(const GrantPort& port, const PortState& state, WallTime wall_now, BootTime boot_now);

/// The keys that a port of a grant opens: one per transport.
[[nodiscard]] std::vector<AllowKey> allow_keys(const GrantPort& port);

/// The grants that are live, and from them what should be open and when the next thing happens. Pure: time comes in as
/// a parameter. An entry that several grants ask for is open until the latest of their ends.
class ActiveGrants {
 public:
  struct Changes {
    std::vector<AllowKey> keys;        ///< whose deadline may have changed
    std::vector<GrantPortRef> closed;  ///< ports that reached their end
  };

  ActiveGrants() = default;
  ActiveGrants(ActiveGrants&&) = default;
  ActiveGrants& operator=(ActiveGrants&&) = default;

  /// Takes in the Initiated ports of a record. Precondition: no record with this id is held.
  Changes add(GrantRecord record, WallTime wall_now, BootTime boot_now);
  /// Ends one port: it asks for nothing any more. `state` is what becomes of it.
  Changes end(const GrantPortRef& ref, PortState state);
  /// Takes a record away with all of its ports, as if it had never been there. Precondition: it is held.
  GrantRecord remove(const std::string& id);
  /// Keeps a port closed, although it lives on, until release(). One that is not held here is none of ours.
  Changes hold(const GrantPortRef& ref);
  /// The port opens again where it is due.
  Changes release(const GrantPortRef& ref, BootTime boot_now);
  /// Opens and closes what is due at `boot_now`; closed ports stay recorded as Initiated until end() is called for
  /// them.
  Changes advance(BootTime boot_now);
  /// The wall clock was set, or the machine was suspended: every deadline is computed anew. What has begun stays open
  /// although the clock may show a time before its start now.
  Changes retime(WallTime wall_now, BootTime boot_now);

  [[nodiscard]] const GrantRecord* find(const std::string& id) const;
  /// A port that has begun and neither ended nor is kept closed.
  [[nodiscard]] bool is_open(const GrantPortRef& ref) const;
  /// Until when the key is to be open; nullopt: it is to be closed.
  [[nodiscard]] std::optional<BootTime> open_until(const AllowKey& key) const;
  [[nodiscard]] std::vector<AllowKey> open_keys() const;
  /// When advance() has something to do next.
  [[nodiscard]] std::optional<BootTime> next_event() const;
  /// True when some open key covers this peer.
  [[nodiscard]] bool admits(const AddressPrefix& source, TransportPort port) const;

  void for_each(const std::function<void(const GrantRecord&)>& visit) const;
  /// Each port that is_open(), those of a grant one after the other.
  void for_each_open(const std::function<void(const GrantRecord&, std::size_t port)>& visit) const;
  /// Those that have a port for exactly this prefix, however many others there are; once for each such port.
  void for_each_from(const AddressPrefix& source, const std::function<void(const GrantRecord&)>& visit) const;
  [[nodiscard]] std::size_t size() const { return records_.size(); }
  /// How many came from a grant source, by requestor.
  [[nodiscard]] const std::map<std::string, std::size_t>& requestors_of(const std::string& grant_source) const;

 private:
  struct Slot {
    BootTime opens_at;
    BootTime closes_at;
    bool begun = false;  ///< its start has come; a wall clock that is set back does not undo that
    bool open = false;
    bool held = false;  ///< hold(): it does not open, whatever the time
  };
  struct Live {
    GrantRecord record;
    std::vector<std::optional<Slot>> slots;  ///< parallel to the ports; nullopt: ended
  };

  /// One port of a grant that is held here, whose record has the id: ten thousand of them need no copy of it.
  struct PortOfHeld {
    std::string_view grant_id;
    std::size_t port = 0;
    friend auto operator<=>(const PortOfHeld&, const PortOfHeld&) = default;
  };
  struct IdHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view id) const { return std::hash<std::string_view>{}(id); }
  };

  [[nodiscard]] Live* find_slot(const GrantPortRef& ref);
  void schedule(Live& live, std::size_t port, WallTime wall_now, BootTime boot_now);
  void unschedule(const Live& live, std::size_t port);
  void open(Live& live, std::size_t port, Changes& changes);
  void close(Live& live, std::size_t port, Changes& changes);
  void note_length(const AddressPrefix& source, int delta);
  void index(const GrantRecord& record);
  void forget(const GrantRecord& record);

  std::unordered_map<std::string, Live, IdHash, std::equal_to<>> records_;  ///< what others point to stays in place
  boost::unordered_flat_map<AllowKey, std::multiset<BootTime>, AllowKeyHash> open_;
  std::set<std::pair<BootTime, PortOfHeld>> timeline_;
  std::multimap<AddressPrefix, const GrantRecord*> records_by_prefix_;    ///< one for each port of each record
  std::map<std::string, std::map<std::string, std::size_t>> requestors_;  ///< records, by grant source
  std::map<std::pair<Family, unsigned>, std::size_t> lengths_;            ///< open keys by prefix length, for admits()
};

}  // namespace jitgate
