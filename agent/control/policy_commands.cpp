// The policy that is set through the API (policy.authority: api): kept in the store, put and taken away here.
//
// At no moment is a port more open than the stored policy says, whether the process ends before or after the store has
// taken the new one: what it closes is closed in the kernel before, what it opens is opened after.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "agent/authorize/authorize.hpp"
#include "agent/config/policy_document.hpp"
#include "agent/control/audit_events.hpp"
#include "agent/control/local_agent.hpp"

namespace jitgate {
namespace {

using boost::asio::awaitable;

constexpr const char* kPolicySetting = "policy";

std::string listed(const std::vector<PolicyPort>& ports) {
  std::string text;
  for (const auto& port : locked_by(ports)) {
    text += (text.empty() ? "" : ", ") + std::to_string(port.number.value()) + "/";
    text += to_string(port.protocol);
  }
  return text.empty() ? "no ports" : text;
}

bool reached_by_others(const ListenAddress& listen) {
  const auto address = AddressPrefix::parse(listen.address);
  return !address ||
         !(AddressPrefix::parse("127.0.0.0/8")->contains(*address) || AddressPrefix::parse("::1")->contains(*address));
}

}  // namespace

/// Before the store can be read: the file beside it, and the table that stands.
void LocalAgent::keep_locked(const std::vector<TransportPort>& standing) {
  if (config_.policy_authority == PolicyAuthority::file) return;
  const auto kept = kept_lock_.read();
  if (kept.problem)
    spdlog::error("which ports are locked cannot be read in full without the store: {}", describe(*kept.problem));
  also_locked_ = all_of(kept.ports, locked_by(standing));
  if (config_.policy_authority == PolicyAuthority::source)
    also_locked_ = all_of(std::move(also_locked_), config_.source_authority.minimum);
  keeper_.use(with_all_locked());
}

/// What is established on a port that is locked stays, whichever policy locks it.
Policy LocalAgent::with_all_locked() const {
  Policy policy = config_.policy;
  const auto add = [&policy](const PolicyPort& port) {
    if (policy.find(port.number, port.protocol) == nullptr) policy.ports.push_back(port);
  };
  if (next_policy_) std::ranges::for_each(next_policy_->ports, add);
  for (const auto& port : also_locked_) add(default_policy_port(port.number, port.protocol));
  return policy;
}

/// None, unless there was one: a store that was lost must not open what its policy locked.
Result<std::vector<PolicyPort>> LocalAgent::policy_of_new_store() const {
  const auto kept = kept_lock_.read();
  if (kept.problem) return *kept.problem;
  const auto least = uncovered_minimum();
  const auto was_set = [&](const LockedPort& port) { return std::ranges::find(least, port) == least.end(); };
  if (std::ranges::none_of(kept.ports, was_set)) return std::vector<PolicyPort>{};
  return error(errc::store_failed, "the store is a new one, and locked-ports beside it names ports");
}

void LocalAgent::adopt_policy(const std::map<std::string, std::string>& settings) {
  if (config_.policy_authority == PolicyAuthority::file) return;
  const auto found = settings.find(kPolicySetting);
  auto ports = found == settings.end() ? policy_of_new_store() : parse_policy(found->second);
  if (!ports) {
    policy_problem_ = describe(ports.error());
    spdlog::error("the stored policy cannot be read; what is locked stays locked: {}", *policy_problem_);
    config_.policy.ports = with_minimum({});
    return;
  }
  if (found == settings.end()) note_no_policy();
  config_.policy.ports = with_minimum(std::move(*ports));
  also_locked_ = uncovered_minimum();
  keeper_.use(with_all_locked());
  remember_lock();
}

/// From now on the store is not taken for a new one in the place of one that was lost.
void LocalAgent::note_no_policy() {
  StoreChange change;
  change.settings[kPolicySetting] = write_policy({});
  recorder_.record(std::move(change));
}

/// What is kept beside the store is the stored policy's again. Where that fails it says more, never less.
void LocalAgent::remember_lock() {
  const auto kept = kept_lock_.write(all_of(locked_by(config_.policy.ports), also_locked_));
  if (!kept) spdlog::error("which ports are locked could not be kept beside the store: {}", describe(kept.error()));
}

/// Raises the lock where it is not what the policy says; it stays down where it is.
void LocalAgent::follow_policy() {
  const auto& standing = enforcement_.reconciler().lock();
  if (!activation_.wanted() || !standing || *standing == lock()) return;
  raise(opens_new_ports(standing->ports, lock().ports));
}

/// By a call of the API.
Result<void> LocalAgent::may_set_policy() const {
  if (config_.policy_authority == PolicyAuthority::api) return {};
  const std::string whose =
      config_.policy_authority == PolicyAuthority::source
          ? "that of source " + config_.source_authority.source + " (policy.authority): change it there."
          : "its configuration file's (policy.authority: file): change it there and reload.";
  return error(errc::conflict, "The policy of this host is " + whose, "policy.authority");
}

Result<void> LocalAgent::can_change_policy(const std::vector<PolicyPort>& ports) const {
  if (!loaded_) return not_loaded();
  if (next_policy_) return error(errc::unavailable, "another change of the policy is under way: try again");
  if (!config_.https || !reached_by_others(config_.https->listen)) return {};
  const Policy wanted{ports, {}, {}};
  const auto own = PortNumber::from(config_.https->listen.port);
  if (!own || wanted.find(*own, Protocol::tcp) == nullptr) return {};
  return error(errc::refused,
               "port " + std::to_string(own->value()) +
                   " is the API's own (api.listen): nobody could ask for access over the network any more",
               "ports");
}

/// Everything that the next policy closes, in the kernel. An error: undo() is due.
Result<void> LocalAgent::close_for_next(const std::vector<GrantPortRef>& held) {
  const bool before_was_kept = !connections_problem_;
  follow_policy();
  if (connections_problem_ && before_was_kept) {
    return error(errc::system_failed, "established connections would have been cut: " + *connections_problem_);
  }
  book_.hold(held);
  return kept_lock_.write(all_of(locked_by(config_.policy.ports), also_locked_));
}

awaitable<Result<void>> LocalAgent::kernel_has_followed() const {
  const auto& reconciler = enforcement_.reconciler();
  while (!reconciler.in_sync() && !reconciler.last_error())
    co_await boost::asio::post(parts_.executor, boost::asio::use_awaitable);
  if (!reconciler.last_error()) co_return Result<void>{};
  co_return error(errc::firewall_failed, "the firewall refused the change: " + describe(*reconciler.last_error()));
}

void LocalAgent::undo_next(const std::vector<GrantPortRef>& held, std::vector<LockedPort> also_locked) {
  next_policy_.reset();
  also_locked_ = std::move(also_locked);
  keeper_.use(with_all_locked());
  follow_policy();
  book_.release(held);
  sources_.hold_silent();
  remember_lock();
  rearm();
}

bool LocalAgent::is_live(const GrantPortRef& ref) const {
  const GrantRecord* record = book_.find(ref.grant_id);
  return record != nullptr && record->states[ref.port].status == Status::initiated;
}

std::vector<GrantPortRef> LocalAgent::not_allowed_by(const Policy& policy) const {
  std::vector<GrantPortRef> refs;
  for (const auto& ref : book_.live_ports()) {
    if (!allowed_by(policy, *book_.find(ref.grant_id), ref.port)) refs.push_back(ref);
  }
  return refs;
}

StoreChange LocalAgent::policy_change(const Caller& caller, const std::vector<PolicyPort>& ports,
                                      const std::vector<GrantPortRef>& ended) const {
  StoreChange change;
  change.settings[kPolicySetting] = write_policy(ports);
  change.audit.push_back(event(now(), "policy.change", caller, listed(ports), "API"));
  for (const auto& ref : ended) {
    change.update.push_back(book_.ending(ref, StatusReason::policy_changed));
    change.audit.push_back(port_event(now(), "grant.revoke", caller, book_.find(ref.grant_id)->grant, ref.port,
                                      StatusReason::policy_changed));
  }
  return change;
}

awaitable<Result<void>> LocalAgent::change_policy(Caller caller, std::vector<PolicyPort> ports) {
  auto also_locked = also_locked_;
  next_policy_ = config_.policy;
  next_policy_->ports = ports;
  also_locked_ = all_of(std::move(also_locked_), locked_by(ports));
  keeper_.use(with_all_locked());
  auto ended = not_allowed_by(*next_policy_);
  auto done = close_for_next(ended);
  if (done) done = co_await kernel_has_followed();
  // Some may have ended otherwise while the kernel followed.
  std::erase_if(ended, [this](const GrantPortRef& ref) { return !is_live(ref); });
  if (done) done = co_await recorder_.commit(policy_change(caller, ports, ended));
  if (!done) {
    undo_next(ended, std::move(also_locked));
    record_refusal(caller, "policy.change", done.error());
    co_return done;
  }
  next_policy_.reset();
  const bool was_unknown = std::exchange(policy_problem_, std::nullopt).has_value();
  config_.policy.ports = std::move(ports);
  also_locked_ = uncovered_minimum();
  keeper_.use(with_all_locked());
  for (const auto& ref : ended) book_.end_recorded(ref, StatusReason::policy_changed);
  if (was_unknown) book_.release(book_.live_ports());
  judge_pending();
  follow_policy();
  watch_connections();
  remember_lock();
  sources_.resync();
  rearm();
  if (const auto& refused = enforcement_.reconciler().last_error()) {
    co_return error(errc::firewall_failed,
                    "the policy is changed; the firewall could not open what it no longer locks "
                    "yet (it is retried): " +
                        describe(*refused));
  }
  co_return Result<void>{};
}

awaitable<Result<void>> LocalAgent::set_policy(Caller caller, std::optional<std::vector<PolicyPort>> ports) {
  if (!ports && parts_.management_port)
    ports = std::vector{default_policy_port(*parts_.management_port, Protocol::tcp)};
  auto possible = may_set_policy();
  if (possible && !ports) possible = error(errc::invalid_argument, "name the ports of the policy", "ports");
  if (possible) possible = can_change_policy(*ports);
  if (possible) co_return co_await change_policy(std::move(caller), std::move(*ports));
  record_refusal(caller, "policy.change", possible.error());
  co_return possible;
}

awaitable<Result<bool>> LocalAgent::delete_policy(Caller caller) {
  auto possible = may_set_policy();
  if (possible) possible = can_change_policy({});
  if (!possible) {
    record_refusal(caller, "policy.change", possible.error());
    co_return possible.error();
  }
  if (config_.policy.ports.empty() && !policy_problem_) co_return false;
  const auto done = co_await change_policy(std::move(caller), {});
  if (!done) co_return done.error();
  co_return true;
}

}  // namespace jitgate
