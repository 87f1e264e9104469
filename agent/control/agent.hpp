#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/audit/audit_chain.hpp"
#include "agent/audit/audit_event.hpp"
#include "agent/config/config.hpp"
#include "agent/control/access_request.hpp"
#include "agent/control/caller.hpp"
#include "agent/control/explanation.hpp"
#include "agent/control/status_report.hpp"
#include "agent/doctor/doctor_report.hpp"
#include "agent/model/grant.hpp"
#include "agent/model/policy.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// A grant, and whether it is open, as far as the kernel has acknowledged it.
struct GrantReceipt {
  GrantRecord record;
  bool open = false;  ///< every port of it that has not ended admits packets now
  /// Why not, where it is closed and not ended: a start in the future, a silent source, a refused batch, ...
  std::string pending_reason;
  std::size_t terminated = 0;  ///< connections cut, for revoke
};

/// A request that waits for a second person, as it is shown.
struct WaitingRequest {
  GrantRecord record;
  std::vector<std::optional<Duration>> lengths;  ///< of each port, from the approval on; nullopt: until its end
  WallTime decide_by;                            ///< nobody can approve it after this
};

struct EnableOptions {
  std::optional<Duration> confirm_within;  ///< trial: the kernel lifts the lock after this unless confirmed
  bool confirmed = false;                  ///< makes a running trial permanent
  bool force = false;                      ///< although connection tracking is more than half full
  bool accept_clock = false;               ///< forget the highest wall time seen: the present clock is right
};

struct UnlockOptions {
  Duration duration;
  std::optional<AddressPrefix> source;  ///< nullopt: from everywhere
  std::string justification;            ///< never empty
};

/// What can be asked of a running jitgated: the one interface between the API and everything else. All calls are made
/// on the event loop's thread. Whether the caller has the role for the call is checked by the API; whose grant it is,
/// here.
class Agent {
 public:
  virtual ~Agent() = default;

  [[nodiscard]] virtual StatusReport status() = 0;
  [[nodiscard]] virtual const Config& config() const = 0;
  [[nodiscard]] virtual const Clock& clock() const = 0;

  /// Refused (errc::refused, one detail per violated rule) or granted: durable, and open unless the receipt says
  /// otherwise. Where the policy demands approval it is durable and pending, and nothing is open. Beyond the caller's
  /// rate: errc::too_many.
  [[nodiscard]] virtual boost::asio::awaitable<Result<GrantReceipt>> request(Caller caller, AccessRequest request) = 0;
  /// A newer request for the same ports and sources; the new end counts from now. The requestor's own, or any for an
  /// administrator.
  [[nodiscard]] virtual boost::asio::awaitable<Result<GrantReceipt>> extend(Caller caller, std::string id,
                                                                            Duration duration) = 0;
  /// Closed in the kernel before it is recorded; a pending request is withdrawn. The requestor's own, or any for an
  /// administrator.
  [[nodiscard]] virtual boost::asio::awaitable<Result<GrantReceipt>> revoke(Caller caller, std::string id,
                                                                            bool terminate) = 0;
  /// Without Role::reader only the caller's own. `include_ended`: history too.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::vector<GrantReceipt>>> grants(Caller caller,
                                                                                         bool include_ended) = 0;

  /// Break glass: opens every policy port for the source, kernel-timed, even when nothing can be recorded.
  [[nodiscard]] virtual boost::asio::awaitable<Result<GrantReceipt>> unlock(Caller caller, UnlockOptions options) = 0;
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> enable(Caller caller, EnableOptions options) = 0;
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> disable(Caller caller) = 0;

  /// Why packets of this source to this port pass or do not, by the kernel's own answer.
  [[nodiscard]] virtual Result<Explanation> explain(const ExplainQuery& query) = 0;
  /// What the rules of others leave open on this policy port now is known and accepted; what they open later is not.
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> acknowledge(Caller caller, PortNumber number,
                                                                         Protocol protocol) = 0;

  [[nodiscard]] virtual boost::asio::awaitable<Result<AuditPage>> audit(AuditQuery query) = 0;
  /// Walks the chain; with `noted`, that record must be in it too. What is there.
  [[nodiscard]] virtual boost::asio::awaitable<Result<AuditSpan>> verify_audit(std::optional<AuditHead> noted) = 0;
  /// A refusal that the API itself decided (role, malformed request), for the audit. Never blocks, never fails.
  /// `grant_id`: of the grant or request that the call was about; empty where there is none.
  virtual void record_refusal(const Caller& caller, std::string operation, const Error& why, std::string grant_id) = 0;
  void record_refusal(const Caller& caller, std::string operation, const Error& why) {
    record_refusal(caller, std::move(operation), why, {});
  }

  /// Whether what manages this host is locked, by what listens now.
  [[nodiscard]] virtual boost::asio::awaitable<doctor::DoctorReport> doctor() = 0;
  /// Requests that wait for a second person. Without Role::reader, approver or administrator only the caller's own.
  [[nodiscard]] virtual boost::asio::awaitable<Result<std::vector<WaitingRequest>>> requests(Caller caller) = 0;
  /// Opens what was asked for, judged by what holds now; its time begins now. Not for who asked, and not for root.
  [[nodiscard]] virtual boost::asio::awaitable<Result<GrantReceipt>> approve(Caller caller, std::string id) = 0;
  /// Ends a pending request. Not for who asked (revoke withdraws it), and not for root.
  [[nodiscard]] virtual boost::asio::awaitable<Result<GrantReceipt>> deny(Caller caller, std::string id) = 0;

  /// Puts these ports (one or more) in the place of the policy's, all of them or none, and durable when it completes
  /// with success; nullopt: the field's default, this system's own management port. Grants that the new policy does not
  /// allow are revoked, the others stay as they are. errc::conflict where the policy is the configuration file's;
  /// errc::unavailable while another change is under way.
  [[nodiscard]] virtual boost::asio::awaitable<Result<void>> set_policy(
      Caller caller, std::optional<std::vector<PolicyPort>> ports) = 0;
  /// Takes the policy away: nothing is locked, every grant is revoked. False: there was none.
  [[nodiscard]] virtual boost::asio::awaitable<Result<bool>> delete_policy(Caller caller) = 0;
};

}  // namespace jitgate
