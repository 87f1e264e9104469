#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/model/clock.hpp"
#include "agent/model/policy.hpp"
#include "agent/schedule/active_grants.hpp"
#include "platform/connection_tracker.hpp"

namespace jitgate {

/// Keeps what is established alive through the lock, and cuts what has to end with its grant. The lock lets established
/// connections pass because connection tracking knows them; this class sees to it that tracking knows exactly the right
/// ones.
class ConnectionKeeper {
 public:
  /// `tracker` may be null (dry run): then nothing is kept or cut. Everything is borrowed.
  ConnectionKeeper(ConnectionTracker* tracker, const ActiveGrants& active, const Clock& clock);

  /// The policy that judges from now on.
  void use(const Policy& policy);

  /// Before a lock rises over ports that were open: notes what is established there and makes it known to tracking.
  [[nodiscard]] Result<void> protect_existing();
  /// Grants were restored after protect_existing(): what belongs to one of them is theirs, and ends as they say, unless
  /// it was remembered from before. Takes over what restore_existing() read.
  void judge_existing();
  /// Some established connection may have lost its tracking entry: makes it known again, if it may still pass.
  [[nodiscard]] Result<void> mend();
  /// Calls mend() whenever tracking loses an entry of a policy port; a failure is reported to `on_problem`.
  void watch(std::function<void(Result<void>)> on_mended);

  /// A port of a grant has ended. Its connections are cut when the policy says so: by the next advance() whose time has
  /// come (then true is returned, and the cut is to be recorded as pending), or never.
  bool ended(const Grant& grant, std::size_t port, WallTime ended_at);
  /// Cuts the connections of this port now, whatever the policy says. Returns how many were cut.
  [[nodiscard]] Result<std::size_t> terminate(const GrantPort& port);

  /// Makes the cuts that are due; returns the ports whose cut is done. Those that fail are tried again with the next
  /// one that falls due, or after 1 s, and ever more rarely up to 1 min.
  [[nodiscard]] std::vector<GrantPortRef> advance();
  [[nodiscard]] std::optional<BootTime> next_event() const;
  /// Why connections that have to end are still there; nullopt when the last cut was made.
  [[nodiscard]] std::optional<Error> cut_problem() const;

  /// Sockets that were there before the lock and belong to no grant, for the store; valid within this boot.
  [[nodiscard]] std::string remember_existing() const;
  void restore_existing(std::string_view remembered);

  [[nodiscard]] Result<TrackerLoad> load() const;
  [[nodiscard]] bool available() const { return tracker_ != nullptr; }

 private:
  /// One transport of a port: they may end at different times.
  struct Cut {
    GrantPortRef ref;
    GrantPort port;
    Transport transport;
    [[nodiscard]] bool covers(const Connection& connection) const;
  };
  [[nodiscard]] bool admitted(const Connection& connection) const;
  [[nodiscard]] bool existed_before(const Connection& connection) const;
  [[nodiscard]] bool kept_by_a_later_cut(const Connection& connection) const;
  [[nodiscard]] bool of_a_grant(const Connection& connection) const;
  [[nodiscard]] std::vector<GrantPort> live_ports() const;
  /// The last cut, which failed.
  struct FailedCut {
    Error why;
    BootTime tried;
    Duration wait;  ///< until the next try
  };
  [[nodiscard]] Result<void> carry_out(const std::vector<Cut>& cuts);
  [[nodiscard]] bool may_pass(const Connection& connection) const;

  ConnectionTracker* tracker_;
  const ActiveGrants& active_;
  const Clock& clock_;
  Policy policy_;
  std::vector<TransportPort> ports_;
  std::multimap<BootTime, Cut> cuts_;  ///< by the time when they are due
  std::optional<FailedCut> failed_cut_;
  std::set<std::uint64_t> existing_;    ///< socket cookies
  std::set<std::uint64_t> remembered_;  ///< restored ones, until judge_existing()
  std::optional<BootTime> udp_existing_until_;
};

}  // namespace jitgate
