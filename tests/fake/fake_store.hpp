#pragma once

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "agent/store/change_rules.hpp"
#include "agent/store/grant_store.hpp"

namespace jitgate {

/// A GrantStore in memory: the same rules and refusals as the real one, completions by way of the executor like its,
/// and failures on demand. One thread. What it holds outlives it where a test asks for that (reopened_from), as a disk
/// would.
class FakeStore final : public GrantStore {
 public:
  explicit FakeStore(boost::asio::any_io_executor executor)
      : medium_(std::make_shared<Medium>()), gate_(std::make_shared<Gate>(std::move(executor))) {}

  /// A restart: a new store over what the other one had made durable; failures and holds are not taken over.
  FakeStore(const FakeStore& reopened_from, boost::asio::any_io_executor executor)
      : medium_(reopened_from.medium_), gate_(std::make_shared<Gate>(std::move(executor))) {}

  ~FakeStore() override { release_commits(); }

  // What goes wrong.

  /// Nothing that was made durable is there any more: the next process opens a new store.
  void lose() { medium_ = std::make_shared<Medium>(); }

  /// load() fails so until it is called with nullopt.
  void fail_load(std::optional<Error> failure) { gate_->load_failure = std::move(failure); }
  /// load() gives its first grant and fails then, until it is called with nullopt: a file that is damaged further on.
  void break_load(std::optional<Error> failure) { gate_->load_break = std::move(failure); }
  /// Every commit fails so until it is called with nullopt. Queries go on.
  void fail_commits(std::optional<Error> failure) { gate_->commit_failure = std::move(failure); }
  /// The next commit alone fails so; called twice, the next two.
  void fail_next_commit(Error failure) { gate_->next_failures.push_back(std::move(failure)); }
  /// verify_audit() fails so until it is called with nullopt.
  void fail_verify(std::optional<Error> failure) { gate_->verify_failure = std::move(failure); }
  /// known() fails so until it is called with nullopt.
  void fail_known(std::optional<Error> failure) { gate_->known_failure = std::move(failure); }
  /// Commits wait, undone, until release_commits(): a disk that takes its time.
  void hold_commits() { gate_->held = true; }
  void release_commits() {
    gate_->held = false;
    gate_->opened.cancel();
  }
  /// Asked before each commit is written, and again before anybody is told that it was: at true the process is dead,
  /// and nothing is written or told any more.
  void crash_when(std::function<bool()> dies) { gate_->dies = std::move(dies); }
  /// Another disk in the place of this one.
  void wipe() { *medium_ = Medium{}; }
  /// load() names these as damaged.
  void damage(std::string id_and_reason) { medium_->damaged.push_back(std::move(id_and_reason)); }

  // What a test looks at.

  [[nodiscard]] const std::vector<GrantRecord>& records() const { return medium_->records; }  ///< oldest first
  [[nodiscard]] const std::vector<AuditEvent>& audit_trail() const { return medium_->audit; }
  [[nodiscard]] const std::map<std::string, std::string>& settings() const { return medium_->settings; }
  /// What the last commit said of the audit.
  /// The time by which the last commit may forget.
  [[nodiscard]] WallTime last_now() const { return medium_->now; }
  [[nodiscard]] const std::optional<AuditRetention>& last_retention() const { return medium_->retention; }
  [[nodiscard]] std::size_t commits() const { return medium_->commits; }  ///< that succeeded
  [[nodiscard]] std::size_t waiting_commits() const { return gate_->waiting; }

  // GrantStore

  /// One grant a portion.
  Result<StoredState> load(const TakeGrants& take) override {
    if (gate_->load_failure) return *gate_->load_failure;
    StoredState state{medium_->settings, medium_->damaged, {}};
    for (const GrantRecord& record : medium_->records) {
      if (std::ranges::none_of(record.states, is_live)) continue;
      const auto claims = medium_->claims.find(record.grant.id);
      if (claims != medium_->claims.end() && !claims->second.empty()) state.claims.insert(*claims);
      take({record});
      if (gate_->load_break) return *gate_->load_break;
    }
    return state;
  }

  boost::asio::awaitable<Result<void>> commit(StoreChange change) override {
    return commit_to(medium_, gate_, std::move(change));
  }

  boost::asio::awaitable<Result<std::vector<GrantRecord>>> grants(GrantQuery query) override {
    return find_grants(medium_, gate_, std::move(query));
  }

  boost::asio::awaitable<Result<std::vector<KnownId>>> known(std::vector<std::string> ids) override {
    return look_up(medium_, gate_, std::move(ids));
  }

  boost::asio::awaitable<Result<AuditPage>> audit(AuditQuery query) override {
    return find_audit(medium_, gate_, std::move(query));
  }

  boost::asio::awaitable<Result<AuditSpan>> verify_audit(std::optional<AuditHead>) override {
    return verify(medium_, gate_);
  }

  /// One group a grant and port: what the real one puts together need not be.
  Result<std::vector<PortUse>> port_use(WallTime since) override {
    if (gate_->load_failure) return *gate_->load_failure;
    std::vector<PortUse> all;
    for (const GrantRecord& record : medium_->records) {
      if (!record.request.empty() || record.grant.start < since) continue;
      std::set<std::pair<PortNumber, Protocol>> seen;
      for (const GrantPort& port : record.grant.ports) {
        if (seen.emplace(port.number, port.protocol).second)
          all.push_back({port.number, port.protocol, record.source, 1, record.grant.start, record.grant.requestor});
      }
    }
    return all;
  }

 private:
  /// What would be on the disk.
  struct Medium {
    std::vector<GrantRecord> records;
    std::vector<AuditEvent> audit;
    std::map<std::string, std::string> settings;
    std::map<std::string, std::set<std::string>> claims;
    std::vector<EarlyRevocation> early_revocations;
    std::vector<std::string> damaged;
    std::size_t commits = 0;
    std::optional<AuditRetention> retention;
    WallTime now{};
  };

  /// What stands between a call and the disk. Shared with the calls under way, which may outlive the store.
  struct Gate {
    explicit Gate(boost::asio::any_io_executor given)
        : executor(std::move(given)), opened(executor, boost::asio::steady_timer::time_point::max()) {}
    boost::asio::any_io_executor executor;
    boost::asio::steady_timer opened;  ///< never expires: cancelled when the gate opens
    bool held = false;
    std::size_t waiting = 0;
    std::optional<Error> load_failure;
    std::optional<Error> load_break;
    std::optional<Error> commit_failure;
    std::optional<Error> verify_failure;
    std::optional<Error> known_failure;
    std::deque<Error> next_failures;
    std::function<bool()> dies;
  };
  using MediumPointer = std::shared_ptr<Medium>;
  using GatePointer = std::shared_ptr<Gate>;

  static boost::asio::awaitable<Result<void>> commit_to(MediumPointer medium, GatePointer gate, StoreChange change) {
    ++gate->waiting;
    co_await boost::asio::post(gate->executor, boost::asio::use_awaitable);
    while (gate->held) {
      co_await gate->opened.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    --gate->waiting;
    if (gate->dies && gate->dies()) co_await for_ever(gate);
    if (!gate->next_failures.empty()) {
      Error failure = std::move(gate->next_failures.front());
      gate->next_failures.pop_front();
      co_return failure;
    }
    if (gate->commit_failure) co_return *gate->commit_failure;
    Medium changed = *medium;
    auto applied = apply(changed, change);
    if (applied) *medium = std::move(changed);
    if (gate->dies && gate->dies()) co_await for_ever(gate);
    co_return applied;
  }

  static boost::asio::awaitable<void> for_ever(GatePointer gate) {
    for (;;) co_await gate->opened.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }

  static boost::asio::awaitable<Result<std::vector<GrantRecord>>> find_grants(MediumPointer medium, GatePointer gate,
                                                                              GrantQuery query) {
    co_await boost::asio::post(gate->executor, boost::asio::use_awaitable);
    std::vector<GrantRecord> found;
    for (auto record = medium->records.rbegin(); record != medium->records.rend(); ++record) {
      if (found.size() == query.limit) break;
      if (!query.include_ended && !record->active()) continue;
      if (query.requestor && *query.requestor != record->grant.requestor) continue;
      found.push_back(*record);
    }
    co_return found;
  }

  static boost::asio::awaitable<Result<std::vector<KnownId>>> look_up(MediumPointer medium, GatePointer gate,
                                                                      std::vector<std::string> ids) {
    co_await boost::asio::post(gate->executor, boost::asio::use_awaitable);
    if (gate->known_failure) co_return *gate->known_failure;
    std::vector<KnownId> all;
    for (const std::string& id : ids) {
      KnownId& known = all.emplace_back();
      std::ranges::copy_if(medium->early_revocations, std::back_inserter(known.revocations),
                           [&id](const EarlyRevocation& revocation) { return revocation.grant_id == id; });
      const GrantRecord* record = find(*medium, id);
      if (record == nullptr) continue;
      const auto expired = [](const PortState& state) { return state.reason == StatusReason::expired; };
      known.grant = {record->grant.digest, !record->active(), std::ranges::all_of(record->states, expired)};
    }
    co_return all;
  }

  static boost::asio::awaitable<Result<AuditPage>> find_audit(MediumPointer medium, GatePointer gate,
                                                              AuditQuery query) {
    co_await boost::asio::post(gate->executor, boost::asio::use_awaitable);
    AuditPage page;
    for (auto event = medium->audit.rbegin(); event != medium->audit.rend(); ++event) {
      if (!is_asked_for(query, *event)) continue;
      page.more = page.events.size() == query.limit;
      if (page.more) break;
      page.events.push_back(*event);
    }
    std::ranges::reverse(page.events);
    co_return page;
  }

  static bool is_asked_for(const AuditQuery& query, const AuditEvent& event) {
    if (query.since && event.at < *query.since) return false;
    if (query.until && event.at >= *query.until) return false;
    if (query.before && event.sequence >= *query.before) return false;
    if (query.caller && *query.caller != event.caller) return false;
    if (query.grant_id && (*query.grant_id != event.grant_id || event.grant_id.empty())) return false;
    return !query.port || names(event.ports, *query.port);
  }
  static bool names(const std::string& ports, const AuditPort& port) {
    const auto list = "," + ports + ",";
    const auto number = "," + std::to_string(port.number.value()) + "/";
    if (!port.protocol) return list.find(number) != std::string::npos;
    return list.find(number + std::string(to_string(*port.protocol)) + ",") != std::string::npos ||
           list.find(number + "*,") != std::string::npos;
  }

  static boost::asio::awaitable<Result<AuditSpan>> verify(MediumPointer medium, GatePointer gate) {
    co_await boost::asio::post(gate->executor, boost::asio::use_awaitable);
    if (gate->verify_failure) co_return *gate->verify_failure;
    co_return AuditSpan{1, {medium->audit.size(), {}}};
  }

  static GrantRecord* find(Medium& medium, const std::string& id) {
    auto found = std::ranges::find(medium.records, id, [](const GrantRecord& record) { return record.grant.id; });
    return found == medium.records.end() ? nullptr : &*found;
  }

  static Result<void> apply(Medium& medium, const StoreChange& change) {
    for (const GrantRecord& record : change.add) {
      if (auto sound = check_record(record); !sound) return sound;
      if (const GrantRecord* taken = find(medium, record.grant.id)) {
        return id_taken(record.grant.id, taken->grant.digest == record.grant.digest, !taken->active());
      }
      medium.records.push_back(record);
    }
    for (const StateChange& update : change.update) {
      GrantRecord* record = find(medium, update.grant_id);
      if (record == nullptr || update.port >= record->states.size()) return no_such_port(update);
      if (auto allowed = check_transition(record->states[update.port].status, update); !allowed) return allowed;
      record->states[update.port] = update.state;
    }
    for (const GrantRecord& approved : change.approve) {
      if (auto sound = check_record(approved); !sound) return sound;
      GrantRecord* record = find(medium, approved.grant.id);
      if (record == nullptr) return not_pending(approved.grant.id, false);
      const auto waits = [](const PortState& state) { return state.status == Status::initiated; };
      const bool pending = !record->request.empty() && std::ranges::all_of(record->states, waits);
      if (!pending || record->states.size() != approved.states.size()) return not_pending(approved.grant.id, true);
      *record = approved;
      record->request.clear();
    }
    if (auto claimed = apply_claims(medium, change); !claimed) return claimed;
    for (AuditEvent event : change.audit) {
      event.sequence = medium.audit.size() + 1;
      medium.audit.push_back(std::move(event));
    }
    for (const auto& [name, value] : change.settings) medium.settings[name] = value;
    medium.retention = change.retention;
    medium.now = change.now;
    forget(medium, change.now);
    ++medium.commits;
    return {};
  }

  static Result<void> apply_claims(Medium& medium, const StoreChange& change) {
    for (const ClaimChange& claim : change.claims) {
      if (find(medium, claim.grant_id) == nullptr) {
        return error(errc::not_found, "no grant " + claim.grant_id + " is stored", claim.grant_id);
      }
      if (claim.holds) {
        medium.claims[claim.grant_id].insert(claim.source);
      } else {
        medium.claims[claim.grant_id].erase(claim.source);
      }
    }
    for (const EarlyRevocation& revocation : change.early_revocations) {
      const auto of_source = [&](const EarlyRevocation& other) { return other.source == revocation.source; };
      const auto same = [&](const EarlyRevocation& other) {
        return of_source(other) && other.grant_id == revocation.grant_id;
      };
      if (std::ranges::count_if(medium.early_revocations, of_source) >=
          static_cast<std::ptrdiff_t>(kMaxEarlyRevocations))
        return error(errc::too_many, "revocations wait for their grants, the limit");
      if (std::ranges::none_of(medium.early_revocations, same)) medium.early_revocations.push_back(revocation);
    }
    return {};
  }

  static void forget(Medium& medium, WallTime now) {
    std::erase_if(medium.early_revocations,
                  [now](const EarlyRevocation& revocation) { return revocation.at + kRememberRevocation < now; });
    std::erase_if(medium.records, [now](const GrantRecord& record) {
      return latest_end(record.grant) + kRememberEnded < now && std::ranges::none_of(record.states, is_live);
    });
  }

  MediumPointer medium_;
  GatePointer gate_;
};

}  // namespace jitgate
