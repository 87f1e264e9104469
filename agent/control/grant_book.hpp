#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/control/caller.hpp"
#include "agent/control/connection_keeper.hpp"
#include "agent/control/recorder.hpp"
#include "agent/control/staged_grants.hpp"
#include "agent/control/status_report.hpp"
#include "agent/schedule/active_grants.hpp"
#include "agent/schedule/clock_guard.hpp"

namespace jitgate {

/// The grants of this host: opens and ends them in the kernel, in memory and in the record, in the order that is safe:
/// durable before it opens, closed before it is recorded as ended.
class GrantBook {
 public:
  /// Told about every key whose entry in the kernel may have to change.
  using Touch = std::function<void(const std::vector<AllowKey>&)>;

  /// Whether the policy of now allows this port of a live grant.
  using EndedMeanwhile = std::function<std::optional<StatusReason>(const GrantRecord&, std::size_t port)>;

  GrantBook(ActiveGrants& active, ConnectionKeeper& keeper, Recorder& recorder, ClockGuard& guard, const Clock& clock,
            Touch touch);

  /// Takes over what the store held. Grants of this boot are live again; those of an earlier one are held back until
  /// the wall clock can be believed; those of the machine that this one is a clone of stay held back. `fingerprint` is
  /// this machine's.
  /// What the policy no longer allows is ended, and never opens.
  void restore(const StoredState& stored, StagedGrants staged, const std::string& fingerprint,
               const EndedMeanwhile& ended_meanwhile);
  /// Judges held-back grants, once the clock can be believed.
  void settle_held();

  /// A state for a port that opens now.
  [[nodiscard]] PortState fresh_state(const GrantPort& port) const;
  /// Opens a grant that is durable already, and ends the older ones that it replaces. `recorded`: those whose end was
  /// made durable together with it.
  void open(GrantRecord record, const std::vector<GrantPortRef>& recorded = {});
  /// The same for many, which the kernel gets at once.
  void open_all(std::vector<GrantRecord> records, const std::vector<GrantPortRef>& recorded);
  /// Asked when a port becomes live or is released: true keeps it closed, until release().
  using KeptClosed = std::function<bool(const GrantRecord&, std::size_t port)>;
  void keep_closed(KeptClosed asked) { kept_closed_ = std::move(asked); }
  /// Its source vouches for it: it is not held back any more as one of the machine that this one is a clone of.
  void confirm(const std::string& id);
  /// A grant became durable, but may not open any more: ends it, and the older ones whose end was made durable together
  /// with it.
  void discard(GrantRecord record, const std::vector<GrantPortRef>& recorded);
  /// Which live ports a new grant of the same requestor replaces.
  [[nodiscard]] std::vector<GrantPortRef> replaced_by(const Grant& grant, const std::string& source) const;
  /// What the store has to be told when this port ends.
  [[nodiscard]] StateChange ending(const GrantPortRef& ref, StatusReason reason) const;
  /// Closes in the kernel and in memory; returns the change to record. A port that ended already gives nullopt.
  [[nodiscard]] std::optional<StateChange> close(const GrantPortRef& ref, StatusReason reason);
  /// Its end is durable already: closes it, and records only a cut that is still to be made.
  void end_recorded(const GrantPortRef& ref, StatusReason reason);
  /// Closed in the kernel from now on, and not ended yet: until release() or its end.
  void hold(const std::vector<GrantPortRef>& refs);
  /// But what keep_closed() says of it stands.
  void release(const std::vector<GrantPortRef>& refs);
  /// close() and record it.
  void end(const GrantPortRef& ref, StatusReason reason, const Caller& caller, const std::string& operation);

  /// Everything that is due now.
  void advance();
  /// The wall clock was set or the machine resumed.
  void retime();
  [[nodiscard]] std::optional<BootTime> next_event() const;

  [[nodiscard]] const GrantRecord* find(const std::string& id) const;
  [[nodiscard]] bool is_open(const GrantPortRef& ref) const { return active_.is_open(ref); }
  [[nodiscard]] bool is_held(const std::string& id) const { return held_.contains(id); }
  [[nodiscard]] bool is_held_as_clone(const std::string& id) const { return clone_held_.contains(id); }
  /// Live and held back.
  void for_each(const std::function<void(const GrantRecord&)>& visit) const;
  [[nodiscard]] std::vector<GrantRecord> live() const;
  /// How many of this grant source are live or held back, by requestor.
  [[nodiscard]] std::map<std::string, std::size_t> requestors_of(const std::string& source) const;
  /// The Initiated ports of live and held-back grants.
  [[nodiscard]] std::vector<GrantPortRef> live_ports() const;
  [[nodiscard]] std::size_t held() const { return held_.size(); }
  [[nodiscard]] std::size_t held_as_clone() const { return clone_held_.size(); }
  [[nodiscard]] const OpeningTotals& totals() const { return totals_; }

 private:
  [[nodiscard]] std::vector<AllowKey> make_live(GrantRecord record);
  void end_expired(const std::vector<GrantPortRef>& closed);
  void note_delays(const std::vector<GrantPortRef>& closed);
  void forget_clones_but(const std::vector<GrantRecord>& live);
  void restore_clones(const StoredState& stored, StagedGrants& staged, const std::string& fingerprint);
  [[nodiscard]] std::vector<AllowKey> adopt(StagedGrants& staged, const EndedMeanwhile& ended_meanwhile);
  void restore_record(GrantRecord record, const EndedMeanwhile& ended_meanwhile, std::vector<AllowKey>& keys);
  void end_those(GrantRecord& record, const EndedMeanwhile& ended_meanwhile);
  void expire_clones();
  void restore_cuts(const GrantRecord& record);
  [[nodiscard]] std::string held_setting() const;

  ActiveGrants& active_;
  ConnectionKeeper& keeper_;
  Recorder& recorder_;
  ClockGuard& guard_;
  const Clock& clock_;
  Touch touch_;
  [[nodiscard]] bool is_kept_closed(const GrantRecord& record, std::size_t port) const {
    return kept_closed_ && kept_closed_(record, port);
  }

  KeptClosed kept_closed_;
  std::map<std::string, GrantRecord> held_;
  std::set<std::string> clone_held_;
  OpeningTotals totals_;
  std::map<std::string, GrantRecord> cutting_;  ///< ended, with connections still to be cut
};

}  // namespace jitgate
