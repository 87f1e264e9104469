#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/audit/audit_chain.hpp"
#include "agent/audit/audit_event.hpp"
#include "agent/audit/audit_retention.hpp"
#include "agent/model/grant.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// What became of one port of a stored grant.
struct StateChange {
  std::string grant_id;
  std::size_t port = 0;  ///< index into Grant::ports
  PortState state;
};

/// A grant source holds a grant, or holds it no more. A grant that several sources hold is one grant.
struct ClaimChange {
  std::string grant_id;
  std::string source;
  bool holds = true;
};

/// A revocation that came before its grant: the id never opens for whoever it counts for.
struct EarlyRevocation {
  std::string grant_id;
  std::string source;  ///< that delivered it
  StatusReason reason = StatusReason::user_requested;
  std::string signer{};  ///< who may revoke anything; empty: the source's own word, which counts for its own grants
  WallTime at;
  friend bool operator==(const EarlyRevocation&, const EarlyRevocation&) = default;
};

/// What is remembered of an id.
struct KnownId {
  struct Stored {
    Digest digest;
    bool ended = false;    ///< no port of it is Initiated
    bool expired = false;  ///< ended, each port at its own end
  };
  std::optional<Stored> grant;
  std::vector<EarlyRevocation> revocations;
};

/// One durable transaction: all of it or nothing. Applied in the order of the members.
struct StoreChange {
  /// An id that is stored already, live or ended, fails the change with errc::conflict; a record whose document does
  /// not describe its grant (agent/store/change_rules.hpp) fails it with errc::invalid_argument.
  std::vector<GrantRecord> add;
  /// A port that is not stored fails the change with errc::not_found, one that has ended and would be Initiated again
  /// with errc::conflict.
  std::vector<StateChange> update;
  /// Pending requests that become grants: their new documents and states are put in place of the old ones. One that is
  /// not stored fails the change with errc::not_found, one that is not pending any more with errc::conflict.
  std::vector<GrantRecord> approve{};
  /// Claims on grants that are stored (or added by this change); errc::not_found for another.
  std::vector<ClaimChange> claims{};
  /// errc::too_many beyond kMaxEarlyRevocations of one source.
  std::vector<EarlyRevocation> early_revocations{};
  std::vector<AuditEvent> audit;                ///< `sequence` is ignored: the store gives it
  std::map<std::string, std::string> settings;  ///< added, or put in place of what was there
  /// Makes the store prune the audit trail, in steps, whenever there is nothing else to do (never within a commit).
  /// nullopt: of what is kept, nothing is known now.
  std::optional<AuditRetention> retention{};
  /// The wall clock as the change is made. Grants that ended, and whose end lies more than kRememberEnded before it,
  /// are forgotten along the way. The store has no clock of its own; the default forgets nothing.
  WallTime now{};
};

/// How long an ended grant's id is remembered beyond its end (the latest of its ports).
inline constexpr Duration kRememberEnded = std::chrono::days(30);
/// How long a revocation waits for its grant: that may start thirty days from its making and last as long.
inline constexpr Duration kRememberRevocation = std::chrono::days(90);
/// Most revocations of one source that wait for their grants.
inline constexpr std::size_t kMaxEarlyRevocations = 10'000;

/// Told live grants while others are still being read: a portion at a time, in the order in which they were added.
using TakeGrants = std::function<void(std::vector<GrantRecord> portion)>;

/// What there is beside the live grants.
struct StoredState {
  std::map<std::string, std::string> settings;
  /// Live grants that cannot be read back, one "ID: reason" each. They stay stored (so their ids stay taken) and are in
  /// no list.
  std::vector<std::string> damaged;
  std::map<std::string, std::set<std::string>> claims{};  ///< on live grants, by id: the sources that hold them
};

struct GrantQuery {
  bool include_ended = false;  ///< false: only grants with a port still Initiated
  std::optional<std::string> requestor;
  std::size_t limit = 10'000;  ///< newest first
};

/// What was granted on one port in one hour by one source.
struct PortUse {
  PortNumber number;
  Protocol protocol;
  std::string source;
  std::size_t grants = 0;
  WallTime last;          ///< the latest start
  std::string requestor;  ///< of that one
};

/// Where grants outlive the process. Every call may be made from the event loop's thread: none blocks it, except
/// load(). What is awaited completes on the executor that the store was made with, also when the store is destroyed
/// meanwhile: the destructor finishes what was called. The executor's context must outlive the store. Nothing can be
/// cancelled.
class GrantStore {
 public:
  virtual ~GrantStore() = default;

  /// Reads everything that is live: active, or with connections still to be cut. Blocks, and calls `take` meanwhile, on
  /// the caller's thread; none of what it was given counts before this returns success, for the rest may be
  /// unreadable. Called at start-up, and again after it has failed: a store that could not be opened then is opened by
  /// the next call that needs it.
  [[nodiscard]] virtual Result<StoredState> load(const TakeGrants& take) = 0;

  /// Durable (on the medium) when it completes with success. Changes are applied in the order of the calls. Failure is
  /// errc::store_failed (disk full, read-only, corrupt, locked; the message says which), or the change's own
  /// (StoreChange), and nothing of it was written.
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> commit(StoreChange change) = 0;

  /// Records that cannot be read back are left out: StoredState::damaged has named them.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::vector<GrantRecord>>> grants(GrantQuery query) = 0;

  /// One for each id, in their order.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::vector<KnownId>>> known(std::vector<std::string> ids) = 0;

  [[nodiscard]] virtual boost::asio::awaitable<Result<AuditPage>> audit(AuditQuery query) = 0;

  /// The first broken link of the audit chain, as an error (target "audit[SEQUENCE]"); or what was checked. A `noted`
  /// record that was pruned is errc::not_found.
  [[nodiscard]] virtual boost::asio::awaitable<Result<AuditSpan>> verify_audit(std::optional<AuditHead> noted) = 0;

  /// What was granted (not what waits for approval) with a start at `since` or later, for as long as ended grants are
  /// remembered. Blocks; called at start-up, after load().
  [[nodiscard]] virtual Result<std::vector<PortUse>> port_use(WallTime since) = 0;
};

}  // namespace jitgate
