// Requests that wait for a second person: held, approved, denied, withdrawn, out of time.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "agent/authorize/authorize.hpp"
#include "agent/control/audit_events.hpp"
#include "agent/control/local_agent.hpp"
#include "agent/model/grant_document.hpp"
#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

using boost::asio::awaitable;

std::vector<std::optional<Duration>> asked_lengths(const AccessRequest& request) {
  std::vector<std::optional<Duration>> lengths;
  for (const auto& port : request.ports) {
    const auto* length = std::get_if<Duration>(&port.until);
    // As in the drafted grant: every source is an opening of its own.
    lengths.insert(lengths.end(), port.sources.size(), length ? std::optional(*length) : std::nullopt);
  }
  return lengths;
}

PendingRequest pending_request(const Caller& caller, Grant grant, const AccessRequest& request) {
  PendingRequest made{{}, {caller.name, caller.uid, asked_lengths(request)}};
  made.record.document = write_grant_document(grant);
  grant.digest = sha256(made.record.document);
  PortState waiting;
  waiting.reason = StatusReason::pending;
  made.record.states.assign(grant.ports.size(), waiting);
  made.record.grant = std::move(grant);
  made.record.source = LocalAgent::kLocalSource;
  made.record.request = to_text(made.asked);
  return made;
}

/// Ends every port of the request, in the record and in what is to be written.
void end_all(PendingRequest& request, StatusReason reason, WallTime now, StoreChange& change) {
  for (std::size_t i = 0; i < request.record.states.size(); ++i) {
    auto& state = request.record.states[i];
    state.status = Status::revoked;
    state.reason = reason;
    state.ended_at = now;
    change.update.push_back({request.record.grant.id, i, state});
  }
}

AuditEvent ending_event(WallTime at, std::string operation, const Caller& caller, const PendingRequest& request,
                        StatusReason reason) {
  auto made = grant_event(at, std::move(operation), caller, request.record.grant);
  made.reason = std::string(to_string(reason));
  return made;
}

bool asked_by(const PendingRequest& request, const Caller& caller) {
  const bool same_uid = caller.uid && request.asked.uid == caller.uid;
  return same_uid || caller.name == request.record.grant.requestor || caller.name == request.asked.caller;
}

}  // namespace

GrantReceipt LocalAgent::pending_receipt(const PendingRequest& request) const {
  GrantReceipt made;
  made.record = request.record;
  made.pending_reason = "an approver has to decide on it by " + to_string(decide_by(request, config_.policy));
  return made;
}

awaitable<Result<GrantReceipt>> LocalAgent::hold(Caller caller, Grant grant, AccessRequest request) {
  auto held = pending_request(caller, std::move(grant), request);
  StoreChange change;
  change.add.push_back(held.record);
  std::vector<PendingRequest> replaced;
  for (const auto& id : pending_.replaced_by(held.record.grant)) {
    replaced.push_back(*pending_.take(id));
    auto ended = replaced.back();
    end_all(ended, StatusReason::newer_request_initiated, now(), change);
    change.audit.push_back(
        ending_event(now(), "request.replace", caller, ended, StatusReason::newer_request_initiated));
  }
  change.audit.push_back(grant_event(now(), "request.hold", caller, held.record.grant));
  const auto written = co_await write_counted(held.record.grant.requestor, std::move(change));
  if (written) {
    pending_.add(held);
  } else {
    for (auto& older : replaced) pending_.add(std::move(older));
    write_refusal(caller, "request.hold", written.error(), about(held.record.grant));
  }
  // The policy may have been reloaded meanwhile.
  judge_pending();
  rearm();
  if (!written) co_return written.error();
  if (pending_.find(held.record.grant.id) == nullptr)
    co_return error(errc::refused, "the policy has changed and does not allow this any more");
  co_return pending_receipt(held);
}

Result<const PendingRequest*> LocalAgent::decidable(const Caller& caller, const std::string& id) const {
  if (!loaded_) return not_loaded();
  const auto* request = pending_.find(id);
  if (request == nullptr) return error(errc::not_found, "there is no pending request " + id);
  // Whoever may become root would otherwise approve what they asked for themselves.
  if (caller.uid == 0u)
    return error(errc::not_permitted,
                 "root does not decide on requests: an approver does, from an account of their own");
  // Nor does an account of this host approve what root asked for: the same person may be behind both.
  if (request->asked.uid == 0u && caller.uid)
    return error(errc::not_permitted,
                 "root asked, who may be anybody here: somebody with a token or a certificate decides");
  if (asked_by(*request, caller))
    return error(errc::not_permitted, "whoever asked does not decide on it: another person does");
  return request;
}

Result<Grant> LocalAgent::decide_approval(const Caller& caller, const std::string& id) const {
  const auto request = decidable(caller, id);
  if (!request) return request.error();
  if (auto ready = can_open(); !ready) return ready.error();
  if (const auto last = decide_by(**request, config_.policy); last <= now())
    return error(errc::refused, "it was to be decided on by " + to_string(last));
  auto grant = approved(**request, caller.name, now());
  if (auto allowed = judge(grant); !allowed) return allowed.error();
  // The approver's name comes from outside: what could not be read back after a restart is refused now.
  if (auto readable = parse_grant_document(write_grant_document(grant)); !readable) return readable.error();
  return grant;
}

awaitable<Result<GrantReceipt>> LocalAgent::approve(Caller caller, std::string id) {
  auto decided = decide_approval(caller, id);
  if (!decided) {
    note_refusal(caller, "request.approve", decided.error(), about_request(id));
    co_return decided.error();
  }
  // Out of the list at once: nobody else decides on it while it is being written.
  auto request = pending_.take(id);
  auto record = new_record(std::move(*decided), kLocalSource);
  const auto replaced = book_.replaced_by(record.grant, record.source);
  StoreChange change;
  change.approve.push_back(record);
  change.audit.push_back(grant_event(now(), "request.approve", caller, record.grant));
  const auto written = co_await make_durable(std::move(change), record, caller, replaced);
  if (!written) {
    pending_.add(std::move(*request));
    judge_pending();
    rearm();
    note_refusal(caller, "request.approve", written.error(), about(record.grant));
    co_return written.error();
  }
  co_return open_durable(caller, std::move(record), replaced);
}

awaitable<Result<GrantReceipt>> LocalAgent::end_pending(Caller caller, std::string id, StatusReason reason,
                                                        std::string operation) {
  auto request = pending_.take(id);
  auto ended = *request;
  StoreChange change;
  end_all(ended, reason, now(), change);
  change.audit.push_back(ending_event(now(), operation, caller, ended, reason));
  const auto written = co_await write_counted(ended.record.grant.requestor, std::move(change));
  if (!written) {
    pending_.add(std::move(*request));
    judge_pending();
    note_refusal(caller, std::move(operation), written.error(), about(ended.record.grant));
  }
  rearm();
  if (!written) co_return written.error();
  GrantReceipt made;
  made.record = std::move(ended.record);
  co_return made;
}

/// Of one that is not known, only what the caller says.
Matter LocalAgent::about_request(const std::string& id) const {
  const auto* request = pending_.find(id);
  return request == nullptr ? about_grant(id) : about(request->record.grant);
}

awaitable<Result<GrantReceipt>> LocalAgent::deny(Caller caller, std::string id) {
  if (const auto request = decidable(caller, id); !request) {
    note_refusal(caller, "request.deny", request.error(), about_request(id));
    co_return request.error();
  }
  co_return co_await end_pending(std::move(caller), std::move(id), StatusReason::denied, "request.deny");
}

awaitable<Result<GrantReceipt>> LocalAgent::withdraw(Caller caller, std::string id) {
  co_return co_await end_pending(std::move(caller), std::move(id), StatusReason::user_requested, "request.withdraw");
}

awaitable<Result<std::vector<WaitingRequest>>> LocalAgent::requests(Caller caller) {
  if (!loaded_) co_return not_loaded();
  const bool all =
      caller.roles.has(Role::approver) || caller.roles.has(Role::reader) || caller.roles.has(Role::administrator);
  std::vector<WaitingRequest> waiting;
  for (const auto& [id, request] : pending_.all()) {
    if (all || request.record.grant.requestor == caller.name)
      waiting.push_back({request.record, request.asked.lengths, decide_by(request, config_.policy)});
  }
  co_return waiting;
}

void LocalAgent::restore_pending(std::vector<GrantRecord>& live) {
  const auto waiting = std::ranges::stable_partition(live, [](const GrantRecord& record) { return !record.pending(); });
  for (auto& record : waiting) {
    auto asked = parse_asked_for(record.request, record.grant.ports.size());
    if (asked) {
      pending_.add({std::move(record), std::move(*asked)});
      continue;
    }
    damaged_.push_back(record.grant.id + ": " + describe(asked.error()));
    spdlog::error("a stored request cannot be read and cannot be approved: {}", damaged_.back());
  }
  live.erase(waiting.begin(), waiting.end());
}

void LocalAgent::judge_pending() {
  std::vector<std::pair<std::string, StatusReason>> over;
  // A clock that is wrong at boot ends nothing.
  const bool late_by_clock = guard_.trusted(parts_.clock);
  for (const auto& [id, request] : pending_.all()) {
    const auto& record = request.record;
    bool sound = host().empty() || record.grant.virtual_machine == host();
    for (std::size_t i = 0; i < record.grant.ports.size(); ++i)
      sound = sound && (policy_problem_ || allowed(record, i));
    if (!sound) {
      over.emplace_back(id, StatusReason::policy_changed);
    } else if (late_by_clock && decide_by(request, config_.policy) <= now()) {
      over.emplace_back(id, StatusReason::expired);
    }
  }
  for (const auto& [id, reason] : over) {
    auto request = pending_.take(id);
    StoreChange change;
    end_all(*request, reason, now(), change);
    const bool late = reason == StatusReason::expired;
    change.audit.push_back(
        ending_event(now(), late ? "request.expire" : "request.revoke", daemon_caller(), *request, reason));
    recorder_.record(std::move(change));
  }
}

std::optional<BootTime> LocalAgent::next_pending_end() const {
  const auto end = pending_.next_end(config_.policy);
  if (!end) return std::nullopt;
  if (!guard_.trusted(parts_.clock)) return parts_.clock.boot_now() + ClockGuard::kPoll;
  const auto wall = now();
  // Far ends of far clocks do not fit.
  return parts_.clock.boot_now() + std::clamp<Duration>(*end - wall, Duration(0), kLongestDecision);
}

}  // namespace jitgate
