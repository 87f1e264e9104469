#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/result.hpp"
#include "agent/model/ruleset.hpp"

namespace jitgate {

/// What the firewall really holds, read back from the kernel.
struct ObservedTable {
  bool present = false;
  bool owned = false;                 ///< nobody else can change it
  bool static_rules_intact = false;   ///< chains, rules and sets equal what the last transaction installed
  std::vector<TransportPort> locked;  ///< sorted
};

/// Packets that were denied, or in audit mode would have been. It only grows while the backend lives, over tables that
/// are built anew: what is lost is what was counted between the last reading of a table and its end. A table that stood
/// before the backend brings its count along.
struct DenyCounter {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::map<TransportPort, std::uint64_t> ports;  ///< packets; a port that nobody was denied is not there
};

/// A locked port that the rules of others leave open.
struct Exposure {
  TransportPort port;
  std::string by;             ///< what lets packets in, in the firewall's own terms: "ip filter INPUT"
  std::uint64_t packets = 0;  ///< that were let in since the table was built; 0: known from reading the rules only
  std::vector<AddressPrefix> sources;  ///< some of those who came in within the last hour, through whatever chain
  friend bool operator==(const Exposure&, const Exposure&) = default;
};

/// How the lock gets on with what else is on the host.
struct ExistingRulesReport {
  std::vector<std::string> problems;  ///< where it cannot do what it says
  std::vector<Exposure> exposures;    ///< sorted by port
};

/// The kernel's firewall. Not thread-safe: one thread calls it, and its callback comes on that thread.
class FirewallBackend {
 public:
  virtual ~FirewallBackend() = default;

  /// Commits one transaction: all of it or nothing. Blocks for as long as the kernel takes (microseconds for one entry,
  /// a few milliseconds for kMaxEntriesPerTransaction). The error carries the kernel's errno text and the operation it
  /// belongs to. After an error the table is what it was; `ReplaceTable` is always a valid next step, and the only one
  /// after a foreign change.
  [[nodiscard]] virtual Result<void> commit(const FirewallTransaction& transaction) = 0;

  /// Reads the table back (not its allow entries: linux.md, "Reading back").
  [[nodiscard]] virtual Result<ObservedTable> read() = 0;

  /// Asks the kernel for this one entry. The remaining time, or nullopt when no such entry matches packets now.
  [[nodiscard]] virtual Result<std::optional<Duration>> query(const AllowKey& key) = 0;

  /// What was denied, without a table too.
  [[nodiscard]] virtual Result<DenyCounter> denied() = 0;

  /// What the rules of others do to this lock's ports, seen by the kernel and found by reading. The lock need not
  /// stand.
  [[nodiscard]] virtual Result<ExistingRulesReport> existing_rules(const Lock& lock) {
    static_cast<void>(lock);
    return ExistingRulesReport{};
  }

  /// `on_change` is called, from the event loop that the backend was made with, once per burst of changes that somebody
  /// else made to our table, or when events were lost (then `reason` says so).
  virtual void watch(std::function<void(std::string reason)> on_change) = 0;

  /// The kernel's number of the ruleset as it is now, of this network namespace; 0: not known.
  [[nodiscard]] virtual std::uint32_t generation() { return 0; }

  /// Handles every change event that is already waiting, so that a status report is true at this moment.
  virtual void drain_events() = 0;

  [[nodiscard]] virtual std::string name() const = 0;  ///< "nftables"
  /// False: no packet is judged, everything else is as usual (dry run).
  [[nodiscard]] virtual bool enforces() const { return true; }
};

}  // namespace jitgate
