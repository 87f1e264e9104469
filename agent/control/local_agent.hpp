#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "agent/control/acknowledgements.hpp"
#include "agent/control/activation.hpp"
#include "agent/control/agent.hpp"
#include "agent/control/audit_events.hpp"
#include "agent/control/caller_rates.hpp"
#include "agent/control/enforcement.hpp"
#include "agent/control/grant_book.hpp"
#include "agent/control/host_survey.hpp"
#include "agent/control/kept_lock.hpp"
#include "agent/control/pending_requests.hpp"
#include "agent/control/port_activity.hpp"
#include "agent/control/refusal_counters.hpp"
#include "agent/control/repeated_requests.hpp"
#include "agent/control/source_desk.hpp"
#include "agent/control/unrecorded_endings.hpp"
#include "platform/time_events.hpp"

namespace jitgate {

/// What a LocalAgent is made of. References are borrowed and outlive it.
struct AgentParts {
  boost::asio::any_io_executor executor;
  FirewallBackend& backend;
  ConnectionTracker* tracker;  ///< null: nothing is kept or cut (dry run)
  GrantStore& store;
  const Clock& clock;
  TimeEvents& time_events;
  std::string host_id;                       ///< where the configuration names none; empty: unknown, nothing opens
  std::string fingerprint;                   ///< machine_fingerprint()
  std::string runtime_directory;             ///< for the release marker
  const SocketInventory* sockets = nullptr;  ///< what doctor() looks at
  std::vector<std::string> saved_rulesets = {};
  std::optional<PortNumber> management_port = {};  ///< of a policy that is put without ports; nullopt: that is refused
  std::string boot_directory = {};                 ///< BootFile's; empty: no copies for the early boot
};

/// The agent of this host: one policy, one firewall, one store. Lives on the event loop's thread.
class LocalAgent final : public Agent {
 public:
  LocalAgent(AgentParts parts, Config config);

  /// Puts the locks in place, then the grants that the store held. Never fails: what goes wrong makes the state
  /// degraded, with the locks up.
  void start();
  /// Takes over a new configuration as a whole, or refuses it as a whole.
  [[nodiscard]] Result<void> reload(Config config);
  /// A configuration that could not be taken over, for the status; nullopt when the last one could.
  void note_configuration_problem(std::optional<std::string> problem) { configuration_problem_ = std::move(problem); }
  /// What is wrong with something that is configured and impairs no lock ("api.listen"), for the status; nullopt:
  /// nothing.
  void note_service_problem(const std::string& key, std::optional<std::string> problem);
  /// `told` is called after something that counts has happened, from the event loop: often, so it should only note it.
  void on_event(std::function<void()> told) { recorder_.on_event(std::move(told)); }
  /// Where a grant source of the configuration delivers what it has; used from after start() on. It may be kept over a
  /// reload, also of a configuration without the source, which then delivers in vain.
  [[nodiscard]] std::shared_ptr<SourceSink> source_sink(const std::string& name) { return sources_.sink(name); }
  /// `resync` is called when every source is to deliver everything again: what was refused, or could not be taken, may
  /// be allowed now.
  void on_resync(std::function<void()> resync) { sources_.on_resync(std::move(resync)); }
  /// Completes when the kernel has what is desired, or has refused it (the error). A bulk change takes several turns of
  /// the event loop.
  [[nodiscard]] boost::asio::awaitable<Result<void>> kernel_has_followed() const;
  /// True when everything that happened is durable.
  [[nodiscard]] bool settled() const { return recorder_.idle(); }

  /// The source names of grants made here. Those of `jitgate unlock` are not judged by the policy, only by what is
  /// locked.
  static constexpr const char* kUnlockSource = PortActivity::kUnlockSource;
  static constexpr const char* kLocalSource = "local";

  [[nodiscard]] StatusReport status() override;
  [[nodiscard]] const Config& config() const override { return config_; }
  [[nodiscard]] const Clock& clock() const override { return parts_.clock; }
  [[nodiscard]] boost::asio::awaitable<Result<GrantReceipt>> request(Caller caller, AccessRequest request) override;
  [[nodiscard]] boost::asio::awaitable<Result<GrantReceipt>> extend(Caller caller, std::string id,
                                                                    Duration duration) override;
  [[nodiscard]] boost::asio::awaitable<Result<GrantReceipt>> revoke(Caller caller, std::string id,
                                                                    bool terminate) override;
  [[nodiscard]] boost::asio::awaitable<Result<std::vector<GrantReceipt>>> grants(Caller caller,
                                                                                 bool include_ended) override;
  [[nodiscard]] boost::asio::awaitable<Result<GrantReceipt>> unlock(Caller caller, UnlockOptions options) override;
  [[nodiscard]] boost::asio::awaitable<Result<void>> enable(Caller caller, EnableOptions options) override;
  [[nodiscard]] boost::asio::awaitable<Result<void>> disable(Caller caller) override;
  [[nodiscard]] Result<Explanation> explain(const ExplainQuery& query) override;
  [[nodiscard]] boost::asio::awaitable<Result<void>> acknowledge(Caller caller, PortNumber number,
                                                                 Protocol protocol) override;
  [[nodiscard]] boost::asio::awaitable<Result<AuditPage>> audit(AuditQuery query) override;
  [[nodiscard]] boost::asio::awaitable<Result<AuditSpan>> verify_audit(std::optional<AuditHead> noted) override;
  using Agent::record_refusal;
  void record_refusal(const Caller& caller, std::string operation, const Error& why, std::string grant_id) override;
  [[nodiscard]] boost::asio::awaitable<doctor::DoctorReport> doctor() override;
  [[nodiscard]] boost::asio::awaitable<Result<std::vector<WaitingRequest>>> requests(Caller caller) override;
  [[nodiscard]] boost::asio::awaitable<Result<GrantReceipt>> approve(Caller caller, std::string id) override;
  [[nodiscard]] boost::asio::awaitable<Result<GrantReceipt>> deny(Caller caller, std::string id) override;
  [[nodiscard]] boost::asio::awaitable<Result<void>> set_policy(Caller caller,
                                                                std::optional<std::vector<PolicyPort>> ports) override;
  [[nodiscard]] boost::asio::awaitable<Result<bool>> delete_policy(Caller caller) override;

 private:
  /// How often what nobody asks for is done: pruning, among it.
  static constexpr Duration kUpkeep = std::chrono::days(1);

  // Start-up (agent_start.cpp), time and change (local_agent.cpp)
  void wake();
  void clock_set();
  void rearm();
  void follow_activation(const std::string& reason);
  void raise(bool over_open_ports);
  void lower();
  void note_connections(const Result<void>& looked_after);
  void on_drift(const std::string& reason);
  void watch_connections();
  void load_store();
  void restore(StoredState stored, StagedGrants staged);
  void record_existing();
  [[nodiscard]] std::optional<WallTime> highest_seen();
  /// Why this port of a stored grant does not open again; nullopt where it does.
  [[nodiscard]] std::optional<StatusReason> ended_meanwhile(const GrantRecord& record, std::size_t port) const;
  /// Whether the configuration of now allows this port of a live grant.
  [[nodiscard]] bool allowed(const GrantRecord& record, std::size_t port) const {
    return allowed_by(config_.policy, record, port);
  }
  [[nodiscard]] bool kept_closed(const GrantRecord& record, std::size_t port) const;
  [[nodiscard]] static bool allowed_by(const Policy& policy, const GrantRecord& record, std::size_t port);
  [[nodiscard]] static bool opens_new_ports(const std::vector<TransportPort>& before,
                                            const std::vector<TransportPort>& after);
  /// By the policy, and by the one that is about to take its place.
  [[nodiscard]] Result<void> judge(const Grant& grant) const;
  [[nodiscard]] std::string host() const { return config_.host_id.value_or(parts_.host_id); }
  [[nodiscard]] Lock lock() const;
  [[nodiscard]] WallTime now() const { return parts_.clock.wall_now(); }
  void record_event(AuditEvent event);
  [[nodiscard]] std::optional<AuditRetention> audit_retention();
  void load_activity();
  void keep_up();
  [[nodiscard]] SourceDesk::Hooks desk_hooks();

  // Decisions about grants (grant_commands.cpp)
  /// `extends`: the grant that is extended; empty: a new request.
  [[nodiscard]] boost::asio::awaitable<Result<GrantReceipt>> grant(Caller caller, std::string requestor,
                                                                   AccessRequest request, std::string extends = {});
  [[nodiscard]] Result<Grant> decide(const std::string& requestor, const AccessRequest& request) const;
  [[nodiscard]] Result<void> can_open() const;
  [[nodiscard]] Error not_loaded() const;
  [[nodiscard]] Result<void> within_limits(const Grant& grant) const;
  [[nodiscard]] GrantRecord new_record(Grant grant, std::string source) const;
  [[nodiscard]] Result<const GrantRecord*> owned(const Caller& caller, const std::string& id) const;
  [[nodiscard]] Result<std::vector<GrantRecord>> decide_unlock(const Caller& caller,
                                                               const UnlockOptions& options) const;
  [[nodiscard]] Result<std::size_t> terminate(const Grant& grant);
  [[nodiscard]] std::optional<std::string> why_closed(const GrantRecord& record) const;
  [[nodiscard]] GrantReceipt receipt(GrantRecord record) const;
  /// `change` adds or approves the grant.
  [[nodiscard]] boost::asio::awaitable<Result<void>> make_durable(StoreChange change, const GrantRecord& record,
                                                                  const Caller& caller,
                                                                  const std::vector<GrantPortRef>& replaced);
  [[nodiscard]] boost::asio::awaitable<Result<void>> write_counted(std::string requestor, StoreChange change);
  [[nodiscard]] Result<GrantReceipt> open_durable(const Caller& caller, GrantRecord record,
                                                  const std::vector<GrantPortRef>& replaced);
  [[nodiscard]] std::vector<GrantRecord> unlock_records(const Caller& caller, const UnlockOptions& options) const;

  // Requests that wait for a second person (approval_commands.cpp)
  [[nodiscard]] boost::asio::awaitable<Result<GrantReceipt>> hold(Caller caller, Grant grant, AccessRequest request);
  [[nodiscard]] boost::asio::awaitable<Result<GrantReceipt>> withdraw(Caller caller, std::string id);
  [[nodiscard]] boost::asio::awaitable<Result<GrantReceipt>> end_pending(Caller caller, std::string id,
                                                                         StatusReason reason, std::string operation);
  [[nodiscard]] Result<Grant> decide_approval(const Caller& caller, const std::string& id) const;
  [[nodiscard]] Result<const PendingRequest*> decidable(const Caller& caller, const std::string& id) const;
  [[nodiscard]] Matter about_request(const std::string& id) const;
  [[nodiscard]] GrantReceipt pending_receipt(const PendingRequest& request) const;
  void restore_pending(std::vector<GrantRecord>& live);
  /// Ends those that the policy does not allow any more, and those that nobody has decided on in time.
  void judge_pending();
  [[nodiscard]] std::optional<BootTime> next_pending_end() const;

  // How much one caller may ask (caller_limits.cpp)
  [[nodiscard]] Result<void> within_rate(const Caller& caller);
  void write_refusal(const Caller& caller, std::string operation, const Error& why, Matter matter);
  void leave_unrecorded(const Caller& caller, const std::string& operation, const Error& why, Matter matter);
  void note_refusal(const Caller& caller, std::string operation, const Error& why, Matter matter);

  // Locks on and off (activation_commands.cpp)
  [[nodiscard]] Result<void> check_tracking_capacity() const;
  void note_tracking_capacity();
  [[nodiscard]] Result<void> confirm_trial();
  [[nodiscard]] Result<void> activate(const EnableOptions& options);
  [[nodiscard]] Result<void> activated(const Result<void>& remembered) const;
  [[nodiscard]] Result<void> lowered(const Result<void>& remembered) const;
  void accept_clock(const Caller& caller);

  // The policy that is set through the API (policy_commands.cpp)
  void keep_locked(const std::vector<TransportPort>& standing);
  [[nodiscard]] Result<std::vector<PolicyPort>> policy_of_new_store() const;
  void adopt_policy(const std::map<std::string, std::string>& settings);
  [[nodiscard]] Policy with_all_locked() const;
  void remember_lock();
  void follow_policy();
  void note_no_policy();
  [[nodiscard]] Result<void> may_set_policy() const;
  [[nodiscard]] Result<void> can_change_policy(const std::vector<PolicyPort>& ports) const;
  [[nodiscard]] Result<void> close_for_next(const std::vector<GrantPortRef>& held);
  void undo_next(const std::vector<GrantPortRef>& held, std::vector<LockedPort> also_locked);
  [[nodiscard]] std::vector<GrantPortRef> not_allowed_by(const Policy& policy) const;
  [[nodiscard]] bool is_live(const GrantPortRef& ref) const;
  [[nodiscard]] StoreChange policy_change(const Caller& caller, const std::vector<PolicyPort>& ports,
                                          const std::vector<GrantPortRef>& ended) const;
  [[nodiscard]] boost::asio::awaitable<Result<void>> change_policy(Caller caller, std::vector<PolicyPort> ports);

  // The policy that a source sets (source_policy.cpp)
  [[nodiscard]] boost::asio::awaitable<Result<void>> follow_source_policy(std::string source,
                                                                          std::vector<PolicyPort> ports);
  [[nodiscard]] std::vector<PolicyPort> with_minimum(std::vector<PolicyPort> ports) const;
  [[nodiscard]] std::vector<LockedPort> uncovered_minimum() const;

  // What the rules of others leave open (exposure_commands.cpp)
  [[nodiscard]] std::vector<ExposureStatus> exposures_of(const std::vector<Exposure>& all, PortNumber number,
                                                         Protocol protocol) const;
  [[nodiscard]] Result<ExistingRulesReport> existing_rules();

  // Report (status.cpp)
  void report_problems(StatusReport& report) const;
  void add_measures(StatusReport& report);

  AgentParts parts_;
  Config config_;
  ClockGuard guard_;
  ActiveGrants active_;
  ConnectionKeeper keeper_;
  Recorder recorder_;
  Activation activation_;
  Enforcement enforcement_;
  GrantBook book_;
  SourceDesk sources_;
  PendingRequests pending_;
  UnrecordedEndings unrecorded_endings_;
  PortActivity activity_;
  RepeatedRequests repeated_;
  CallerRates rates_;
  RefusalCounters refusals_;
  KeptLock kept_lock_;
  std::vector<LockedPort> also_locked_;        ///< beside the policy's: while that is not known, or is being changed
  std::optional<Policy> next_policy_;          ///< on its way to the disk; what opens meanwhile is judged by it too
  std::optional<std::string> policy_problem_;  ///< the stored policy cannot be read
  std::optional<std::string> source_policy_problem_;            ///< why that of the source was refused last
  std::unordered_map<std::string, std::size_t> being_written_;  ///< grants by requestor
  std::optional<std::string> configuration_problem_;
  std::map<std::string, std::string> service_problems_;  ///< by configuration key
  std::optional<bool> audit_intact_;
  std::optional<std::string> connections_problem_;
  std::optional<std::string> tracking_problem_;  ///< of when the locks came up; status() looks again
  std::optional<BootTime> connections_at_;       ///< when they are looked after again
  Duration connections_backoff_{};
  std::vector<std::string> damaged_;
  Acknowledgements acknowledged_;
  bool loaded_ = false;  ///< what the store held is restored; nothing but an unlock opens before
  std::optional<Error> load_problem_;
  std::optional<BootTime> load_at_;  ///< when loading is tried again
  Duration load_backoff_{};
  std::set<std::string> opened_before_load_;  ///< ids; the store may give them back
  std::optional<BootTime> upkeep_at_;         ///< when the store is given something to do on an idle host
  HostSurvey survey_;
};

}  // namespace jitgate
