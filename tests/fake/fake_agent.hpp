#pragma once

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "agent/control/agent.hpp"
#include "tests/fake/manual_clock.hpp"

namespace jitgate {

/// An agent without kernel and store: it keeps grants in memory under the same rules of ownership, refuses what its
/// policy does not name, and remembers what it was asked. Single-threaded, like the real one.
class FakeAgent final : public Agent {
 public:
  struct Refusal {
    Caller caller;
    std::string operation;
    Error why;
    std::string grant_id{};
  };

  FakeAgent() {
    config_.policy.ports.push_back(default_port());
    config_.policy.always_allow.push_back(AddressPrefix::parse("192.0.2.10").value());
  }

  // What a test sets.
  Config config_;
  ManualClock clock_;
  bool enforced = true;
  bool opens_at_once = true;          ///< false: receipts say that the kernel has not acknowledged yet
  bool holds_requests = false;        ///< every request waits for approval
  std::function<void()> before_list;  ///< called whenever pending requests are asked for
  std::optional<Error> fails_with;    ///< every call fails so
  bool throws = false;                ///< every call throws, as a broken invariant would
  std::function<boost::asio::awaitable<void>()> before_request;  ///< awaited first
  std::vector<AuditEvent> events;
  bool older_events = false;  ///< than `events`, which are not given
  Explanation explanation;
  std::vector<ExposureStatus> exposures;  ///< of every port
  doctor::DoctorReport doctor_report;

  // What a test looks at.
  std::vector<GrantRecord> records;
  std::vector<Refusal> refusals;
  std::vector<EnableOptions> enables;
  std::vector<UnlockOptions> unlocks;
  std::optional<AuditQuery> last_query;
  std::size_t requests_begun = 0;
  std::optional<AuditHead> last_noted;
  std::optional<ClientRequest> last_client_request;
  std::optional<ExplainQuery> last_explained;
  std::vector<PortNumber> acknowledged;

  StatusReport status() override {
    StatusReport report;
    report.host = "web-17";
    report.mode = "enforce";
    report.state = enforced ? AgentState::enforcing : AgentState::disabled;
    report.in_sync = true;
    report.backend = "nftables";
    report.owns_table = enforced;
    for (const PolicyPort& port : config_.policy.ports) {
      report.ports.push_back(PortStatus{port.number, port.protocol, enforced, records.size(), exposures});
    }
    report.active_grants = records.size();
    if (!enables.empty() && enables.back().confirm_within) {
      report.trial_ends = clock_.wall_now() + *enables.back().confirm_within;
    }
    report.sources.push_back(SourceStatus{"local", "local", "ready", clock_.wall_now(), std::nullopt});
    return report;
  }

  const Config& config() const override { return config_; }
  const Clock& clock() const override { return clock_; }

  boost::asio::awaitable<Result<GrantReceipt>> request(Caller caller, AccessRequest request) override {
    ++requests_begun;
    if (before_request) co_await before_request();
    if (const Result<void> possible = check(); !possible) co_return possible.error();
    Error refusal = error(errc::refused, "the policy does not allow this");
    for (const PortRequest& port : request.ports) {
      if (config_.policy.find(port.number, port.protocol.value_or(Protocol::tcp)) == nullptr) {
        refusal.details.push_back(error(errc::refused, "is not a port of the policy", "ports[0].number"));
      }
    }
    if (!refusal.details.empty()) co_return refusal;
    last_client_request = request.client_request;
    co_return receipt(add(caller, request));
  }

  boost::asio::awaitable<Result<GrantReceipt>> extend(Caller caller, std::string id, Duration duration) override {
    if (const Result<void> possible = check(); !possible) co_return possible.error();
    const Result<GrantRecord*> found = find(caller, id);
    if (!found) co_return found.error();
    GrantRecord newer = **found;
    newer.grant.id = next_id();
    for (GrantPort& port : newer.grant.ports) port.end = clock_.wall_now() + duration;
    for (PortState& state : newer.states) state.boot_deadline = clock_.boot_now() + duration;
    end(**found, StatusReason::newer_request_initiated);
    records.push_back(newer);
    co_return receipt(newer);
  }

  boost::asio::awaitable<Result<GrantReceipt>> revoke(Caller caller, std::string id, bool terminate) override {
    if (const Result<void> possible = check(); !possible) co_return possible.error();
    const Result<GrantRecord*> found = find(caller, id);
    if (!found) co_return found.error();
    end(**found, StatusReason::user_requested);
    GrantReceipt ended{**found, false, {}, terminate ? 2u : 0u};
    co_return ended;
  }

  boost::asio::awaitable<Result<std::vector<GrantReceipt>>> grants(Caller caller, bool include_ended) override {
    if (const Result<void> possible = check(); !possible) co_return possible.error();
    std::vector<GrantReceipt> seen;
    for (const GrantRecord& record : records) {
      const bool visible = caller.roles.has(Role::reader) || record.grant.requestor == caller.name;
      if (visible && (include_ended || record.active())) seen.push_back(receipt(record));
    }
    co_return seen;
  }

  boost::asio::awaitable<Result<GrantReceipt>> unlock(Caller caller, UnlockOptions options) override {
    if (const Result<void> possible = check(); !possible) co_return possible.error();
    unlocks.push_back(options);
    AccessRequest everything;
    everything.justification = options.justification;
    const AddressPrefix source = options.source.value_or(AddressPrefix::any(Family::ipv4));
    for (const PolicyPort& port : config_.policy.ports) {
      everything.ports.push_back(PortRequest{port.number, port.protocol, {source}, options.duration});
    }
    co_return receipt(add(caller, everything));
  }

  boost::asio::awaitable<Result<void>> enable(Caller, EnableOptions options) override {
    if (const Result<void> possible = check(); !possible) co_return possible.error();
    enables.push_back(options);
    enforced = true;
    co_return Result<void>{};
  }

  boost::asio::awaitable<Result<void>> disable(Caller) override {
    if (const Result<void> possible = check(); !possible) co_return possible.error();
    enforced = false;
    co_return Result<void>{};
  }

  Result<Explanation> explain(const ExplainQuery& query) override {
    if (fails_with) return *fails_with;
    last_explained = query;
    return explanation;
  }
  boost::asio::awaitable<Result<void>> acknowledge(Caller, PortNumber number, Protocol) override {
    if (fails_with) co_return *fails_with;
    acknowledged.push_back(number);
    for (ExposureStatus& exposure : exposures) exposure.acknowledged = true;
    co_return Result<void>{};
  }
  boost::asio::awaitable<Result<AuditPage>> audit(AuditQuery query) override {
    last_query = query;
    if (const Result<void> possible = check(); !possible) co_return possible.error();
    co_return AuditPage{events, older_events};
  }

  boost::asio::awaitable<Result<AuditSpan>> verify_audit(std::optional<AuditHead> noted) override {
    last_noted = noted;
    if (const Result<void> possible = check(); !possible) co_return possible.error();
    co_return AuditSpan{1, {events.size(), sha256("newest")}};
  }

  using Agent::record_refusal;
  void record_refusal(const Caller& caller, std::string operation, const Error& why, std::string grant_id) override {
    refusals.push_back(Refusal{caller, std::move(operation), why, std::move(grant_id)});
  }

  boost::asio::awaitable<doctor::DoctorReport> doctor() override { co_return doctor_report; }
  boost::asio::awaitable<Result<std::vector<WaitingRequest>>> requests(Caller caller) override {
    if (const Result<void> possible = check(); !possible) co_return possible.error();
    if (before_list) before_list();
    std::vector<WaitingRequest> seen;
    const bool all = caller.roles.has(Role::reader) || caller.roles.has(Role::approver);
    for (const GrantRecord& record : records) {
      if (!record.pending() || (!all && record.grant.requestor != caller.name)) continue;
      std::vector<std::optional<Duration>> lengths;
      for (const GrantPort& port : record.grant.ports) lengths.emplace_back(port.end - record.grant.start);
      seen.push_back(WaitingRequest{record, std::move(lengths), record.grant.start + std::chrono::hours(3)});
    }
    co_return seen;
  }

  boost::asio::awaitable<Result<GrantReceipt>> approve(Caller caller, std::string id) override {
    if (const Result<void> possible = check(); !possible) co_return possible.error();
    const Result<GrantRecord*> found = find_pending(caller, id);
    if (!found) co_return found.error();
    open_pending(**found, caller.name);
    co_return receipt(**found);
  }

  boost::asio::awaitable<Result<GrantReceipt>> deny(Caller caller, std::string id) override {
    if (const Result<void> possible = check(); !possible) co_return possible.error();
    const Result<GrantRecord*> found = find_pending(caller, id);
    if (!found) co_return found.error();
    end(**found, StatusReason::denied);
    GrantReceipt denied{**found, false, {}, 0};
    co_return denied;
  }

  boost::asio::awaitable<Result<void>> set_policy(Caller, std::optional<std::vector<PolicyPort>> ports) override {
    if (const Result<void> possible = check_authority(); !possible) co_return possible;
    if (!ports) ports = std::vector{default_port()};
    config_.policy.ports = *ports;
    co_return Result<void>{};
  }

  boost::asio::awaitable<Result<bool>> delete_policy(Caller) override {
    if (const Result<void> possible = check_authority(); !possible) co_return possible.error();
    const bool there = !config_.policy.ports.empty();
    config_.policy.ports.clear();
    co_return there;
  }

  static PolicyPort default_port() { return default_policy_port(PortNumber::from(22).value(), Protocol::tcp); }

  void open_pending(GrantRecord& record, const std::string& approver) {
    record.grant.approver = approver;
    record.request.clear();
    for (PortState& state : record.states) state.reason = StatusReason::none;
  }
  void end(GrantRecord& record, StatusReason reason) {
    for (PortState& state : record.states) {
      state.status = Status::revoked;
      state.reason = reason;
      state.ended_at = clock_.wall_now();
    }
  }

 private:
  Result<void> check() const {
    if (throws) throw std::logic_error("a broken invariant");
    if (fails_with) return *fails_with;
    return {};
  }

  Result<void> check_authority() const {
    if (const Result<void> possible = check(); !possible) return possible;
    if (config_.policy_authority == PolicyAuthority::api) return {};
    return error(errc::conflict, "the policy is the configuration file's", "policy.authority");
  }

  std::string next_id() { return "grant-" + std::to_string(++last_id_); }

  Result<GrantRecord*> find(const Caller& caller, const std::string& id) {
    const auto record = std::ranges::find_if(records, [&](const GrantRecord& one) { return one.grant.id == id; });
    if (record == records.end()) return error(errc::not_found, "there is no such grant", id);
    const bool own = record->grant.requestor == caller.name;
    if (!own && !caller.roles.has(Role::administrator))
      return error(errc::not_permitted, "is somebody else's grant", id);
    return &*record;
  }

  Result<GrantRecord*> find_pending(const Caller& caller, const std::string& id) {
    const auto record = std::ranges::find_if(records, [&](const GrantRecord& one) { return one.grant.id == id; });
    if (record == records.end() || !record->pending()) return error(errc::not_found, "there is no pending request", id);
    if (caller.uid == 0u || record->grant.requestor == caller.name)
      return error(errc::not_permitted, "another person decides", id);
    return &*record;
  }

  WallTime end_of(const PortRequest& port) const {
    if (const WallTime* end = std::get_if<WallTime>(&port.until)) return *end;
    return clock_.wall_now() + std::get<Duration>(port.until);
  }

  GrantRecord add(const Caller& caller, const AccessRequest& request) {
    GrantRecord record{
        Grant{next_id(), {}, "web-17", caller.name, std::nullopt, clock_.wall_now(), request.justification, {}},
        {},
        "local",
        {}};
    for (const PortRequest& port : request.ports) {
      for (const AddressPrefix& source : port.sources) {
        const WallTime end = end_of(port);
        record.grant.ports.push_back(GrantPort{port.number, port.protocol.value_or(Protocol::tcp), source, end});
        PortState state;
        state.boot_id = clock_.boot_id();
        state.boot_deadline = clock_.boot_now() + (end - clock_.wall_now());
        if (holds_requests) state.reason = StatusReason::pending;
        record.states.push_back(state);
      }
    }
    if (holds_requests) record.request = "{}";
    records.push_back(record);
    return record;
  }

  GrantReceipt receipt(GrantRecord record) const {
    if (record.pending()) return GrantReceipt{std::move(record), false, "an approver has to decide on it", 0};
    return GrantReceipt{std::move(record), opens_at_once,
                        opens_at_once ? "" : "the kernel refused the batch; it is tried again", 0};
  }

  std::size_t last_id_ = 0;
};

}  // namespace jitgate
