// Decisions about grants: request, extend, revoke.
#include <algorithm>
#include <map>

#include "agent/authorize/authorize.hpp"
#include "agent/control/audit_events.hpp"
#include "agent/control/local_agent.hpp"
#include "agent/model/grant_document.hpp"
#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

using boost::asio::awaitable;

std::vector<GrantPortRef> initiated_ports(const GrantRecord& record) {
  std::vector<GrantPortRef> ports;
  for (std::size_t i = 0; i < record.states.size(); ++i) {
    if (record.states[i].status == Status::initiated) ports.push_back({record.grant.id, i});
  }
  return ports;
}

}  // namespace

Result<void> LocalAgent::can_open() const {
  if (!activation_.wanted())
    return error(errc::unavailable, "jitgate is disabled here: nothing is locked, so there is nothing to open");
  if (!loaded_) return not_loaded();
  if (host().empty())
    return error(errc::unavailable, "this host has no id that a grant could name: set host.id in the configuration");
  if (guard_.behind(now())) {
    return error(errc::unavailable,
                 "the clock shows " + to_string(now()) + ", which is earlier than " + to_string(*guard_.highest()) +
                     " was once seen; set it right, or let an administrator run `jitgate enable --accept-clock`");
  }
  return {};
}

Error LocalAgent::not_loaded() const {
  return error(errc::unavailable, "the grants of this host could not be read yet (it is retried): " +
                                      (load_problem_ ? describe(*load_problem_) : std::string("starting")));
}

/// What `grant` replaces as a whole does not count against it, what is being written does.
Result<void> LocalAgent::within_limits(const Grant& grant) const {
  std::map<std::string, std::size_t> replaced;
  for (const auto& ref : book_.replaced_by(grant, kLocalSource)) ++replaced[ref.grant_id];
  std::size_t all = 0;
  std::size_t of_requestor = 0;
  for (const auto& [requestor, count] : being_written_) {
    all += count;
    if (requestor == grant.requestor) of_requestor += count;
  }
  const auto withdrawn = pending_.replaced_by(grant);
  for (const auto& [id, waiting] : pending_.all()) {
    if (std::ranges::find(withdrawn, id) != withdrawn.end()) continue;
    ++all;
    if (waiting.record.grant.requestor == grant.requestor) ++of_requestor;
  }
  for (const auto& [requestor, count] : book_.requestors_of(kLocalSource)) {
    all += count;
    if (requestor == grant.requestor) of_requestor += count;
  }
  for (const auto& [id, ports] : replaced) {
    if (ports != initiated_ports(*book_.find(id)).size()) continue;
    --all;
    --of_requestor;
  }
  if (of_requestor >= config_.limits.grants_per_requestor) {
    return error(errc::too_many, grant.requestor + " has " + std::to_string(of_requestor) +
                                     " grants already, the limit (limits.grantsPerRequestor)");
  }
  if (all >= config_.limits.grants_per_source) {
    return error(errc::too_many,
                 "this host has " + std::to_string(all) + " grants already, the limit (limits.grantsPerSource)");
  }
  return {};
}

Result<Grant> LocalAgent::decide(const std::string& requestor, const AccessRequest& request) const {
  if (auto ready = can_open(); !ready) return ready.error();
  auto grant = draft_grant(config_.policy, request, new_grant_id(now()), requestor, host(), now());
  if (!grant) return grant;
  if (auto allowed = judge(*grant); !allowed) return allowed.error();
  if (auto within = within_limits(*grant); !within) return within.error();
  return grant;
}

GrantRecord LocalAgent::new_record(Grant grant, std::string source) const {
  GrantRecord record;
  record.document = write_grant_document(grant);
  grant.digest = sha256(record.document);
  for (const auto& port : grant.ports) record.states.push_back(book_.fresh_state(port));
  record.grant = std::move(grant);
  record.source = std::move(source);
  return record;
}

awaitable<Result<void>> LocalAgent::make_durable(StoreChange change, const GrantRecord& record, const Caller& caller,
                                                 const std::vector<GrantPortRef>& replaced) {
  for (const auto& ref : replaced) {
    change.update.push_back(book_.ending(ref, StatusReason::newer_request_initiated));
    change.audit.push_back(port_event(now(), "grant.replace", caller, book_.find(ref.grant_id)->grant, ref.port,
                                      StatusReason::newer_request_initiated));
  }
  change.audit.push_back(grant_event(now(), "grant.open", caller, record.grant));
  co_return co_await write_counted(record.grant.requestor, std::move(change));
}

/// What is on its way to the disk counts against the limits.
awaitable<Result<void>> LocalAgent::write_counted(std::string requestor, StoreChange change) {
  ++being_written_[requestor];
  auto written = co_await recorder_.commit(std::move(change));
  if (--being_written_[requestor] == 0) being_written_.erase(requestor);
  co_return written;
}

awaitable<Result<GrantReceipt>> LocalAgent::grant(Caller caller, std::string requestor, AccessRequest request,
                                                  std::string extends) {
  const std::string operation = extends.empty() ? "grant.open" : "grant.extend";
  auto matter = about(request);
  matter.grant_id = std::move(extends);
  if (auto admitted = within_rate(caller); !admitted) {
    leave_unrecorded(caller, operation, admitted.error(), std::move(matter));
    co_return admitted.error();
  }
  auto decided = decide(requestor, request);
  if (!decided) {
    write_refusal(caller, operation, decided.error(), std::move(matter));
    co_return decided.error();
  }
  if (needs_approval(config_.policy, *decided))
    co_return co_await hold(std::move(caller), std::move(*decided), std::move(request));
  auto record = new_record(std::move(*decided), kLocalSource);
  const auto replaced = book_.replaced_by(record.grant, record.source);
  StoreChange change;
  change.add.push_back(record);
  const auto written = co_await make_durable(std::move(change), record, caller, replaced);
  if (!written) {
    write_refusal(caller, operation, written.error(), std::move(matter));
    co_return written.error();
  }
  co_return open_durable(caller, std::move(record), replaced);
}

Result<GrantReceipt> LocalAgent::open_durable(const Caller& caller, GrantRecord record,
                                              const std::vector<GrantPortRef>& replaced) {
  // While it was being written the policy may have been reloaded or the locks taken away: what opens is judged by what
  // holds now.
  auto still = can_open();
  if (still) still = judge(record.grant);
  if (still && !record.grant.approver && needs_approval(config_.policy, record.grant))
    still = error(errc::refused, "the policy has changed and wants an approval: request again");
  if (still) {
    book_.open(record, replaced);
    activity_.add(record);
  } else {
    book_.discard(record, replaced);
  }
  rearm();
  if (!still) {
    write_refusal(caller, "grant.open", still.error(), about(record.grant));
    return still.error();
  }
  return receipt(std::move(record));
}

awaitable<Result<GrantReceipt>> LocalAgent::request(Caller caller, AccessRequest request) {
  const auto client = request.client_request;
  auto matter = about(request);
  const auto make = [&] { return grant(caller, caller.name, std::move(request)); };
  if (!client) co_return co_await make();
  // A token may bear the name of an account.
  const RepeatedRequests::Key key((caller.uid ? "local " : "network ") + caller.name, client->id);
  auto made = co_await repeated_.once(key, client->body, make);
  // What grant() refuses is in the record already.
  const bool misused = !made && made.error().target == RepeatedRequests::kTarget;
  if (misused) note_refusal(caller, "grant.open", made.error(), std::move(matter));
  co_return made;
}

Result<const GrantRecord*> LocalAgent::owned(const Caller& caller, const std::string& id) const {
  if (!loaded_ && !opened_before_load_.contains(id)) return not_loaded();
  const GrantRecord* record = book_.find(id);
  const bool visible =
      record != nullptr && (record->grant.requestor == caller.name || caller.roles.has(Role::administrator));
  // Whoever may not see a grant is not told that it exists.
  if (!visible) return error(errc::not_found, "there is no live grant " + id + " of yours");
  return record;
}

awaitable<Result<GrantReceipt>> LocalAgent::extend(Caller caller, std::string id, Duration duration) {
  const auto record = owned(caller, id);
  if (!record) {
    note_refusal(caller, "grant.extend", record.error(), about_grant(id));
    co_return record.error();
  }
  if ((*record)->source == kUnlockSource) {
    const auto why = error(errc::refused, "an unlock is not extended: unlock again");
    note_refusal(caller, "grant.extend", why, about((*record)->grant));
    co_return why;
  }
  AccessRequest again;
  again.justification = (*record)->grant.justification;
  for (const auto& ref : initiated_ports(**record)) {
    const auto& port = (*record)->grant.ports[ref.port];
    again.ports.push_back({port.number, port.protocol, {port.source}, duration});
  }
  auto requestor = (*record)->grant.requestor;
  co_return co_await grant(std::move(caller), std::move(requestor), std::move(again), std::move(id));
}

Result<std::size_t> LocalAgent::terminate(const Grant& grant) {
  std::size_t cut = 0;
  for (const auto& port : grant.ports) {
    const auto of_port = keeper_.terminate(port);
    if (!of_port) return of_port;
    cut += *of_port;
  }
  return cut;
}

awaitable<Result<GrantReceipt>> LocalAgent::revoke(Caller caller, std::string id, bool terminated) {
  if (const auto* waiting = pending_.find(id)) {
    const bool own = waiting->record.grant.requestor == caller.name;
    if (own || caller.roles.has(Role::administrator)) co_return co_await withdraw(std::move(caller), std::move(id));
  }
  const auto found = owned(caller, id);
  if (!found) {
    note_refusal(caller, "grant.revoke", found.error(), about_grant(id));
    co_return found.error();
  }
  GrantReceipt made;
  made.record = **found;
  StoreChange change;
  for (const auto& ref : initiated_ports(made.record)) {
    auto closed = book_.close(ref, StatusReason::user_requested);
    if (!closed) continue;
    made.record.states[ref.port] = closed->state;
    change.update.push_back(std::move(*closed));
  }
  const auto not_closed = enforcement_.reconciler().last_error();
  const auto cut = terminated ? terminate(made.record.grant) : Result<std::size_t>(0);
  made.terminated = cut ? *cut : 0;
  auto happened = grant_event(now(), "grant.revoke", caller, made.record.grant);
  happened.reason = std::string(to_string(StatusReason::user_requested));
  if (terminated) happened.reason += ", " + std::to_string(made.terminated) + " connections terminated";
  change.audit.push_back(std::move(happened));
  rearm();
  auto copy = change;
  const auto written = co_await recorder_.commit(std::move(copy));
  if (!written) {
    recorder_.record(std::move(change));
    const auto noted = unrecorded_endings_.add(id);
    co_return error(errc::store_failed,
                    "closed, but not recorded yet (it is retried): " + written.error().message +
                        (noted ? ". A reboot before that opens it again"
                               : ". A restart before that opens it again: " + describe(noted.error())));
  }
  if (not_closed) {
    co_return error(errc::firewall_failed,
                    "revoked, but not closed in the firewall yet (it is retried): " + describe(*not_closed));
  }
  if (!cut)
    co_return error(errc::system_failed, "closed, but its connections could not be cut: " + describe(cut.error()));
  co_return made;
}

}  // namespace jitgate
