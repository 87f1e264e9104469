// What is true at this moment, as far as the kernel can be asked.
#include <algorithm>
#include <map>
#include <utility>

#include "agent/control/local_agent.hpp"
#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

/// What is open: by number and protocol, with one look at each grant for all ports of the policy.
struct Openings {
  std::map<std::pair<PortNumber, Protocol>, std::size_t> ports;
  std::size_t grants = 0;
};

Openings count_openings(const ActiveGrants& active) {
  Openings openings;
  const GrantRecord* last = nullptr;
  active.for_each_open([&](const GrantRecord& record, std::size_t port) {
    const auto& opening = record.grant.ports[port];
    ++openings.ports[{opening.number, opening.protocol}];
    if (std::exchange(last, &record) != &record) ++openings.grants;
  });
  return openings;
}

std::size_t grants_on(const Openings& openings, const PolicyPort& port) {
  std::size_t count = 0;
  for (const auto& [opening, grants] : openings.ports) {
    if (opening.first == port.number && contains(port.protocol, opening.second)) count += grants;
  }
  return count;
}

bool is_locked(const ObservedTable& observed, PortNumber number, Protocol protocol) {
  return std::ranges::all_of(transports(protocol), [&](Transport transport) {
    return std::ranges::binary_search(observed.locked, TransportPort{transport, number});
  });
}

}  // namespace

void LocalAgent::report_problems(StatusReport& report) const {
  if (load_problem_)
    report.reasons.push_back("store: " + describe(*load_problem_) + "; grants are not restored yet, nothing opens");
  if (recorder_.problem())
    report.reasons.push_back("store: " + describe(*recorder_.problem()) + "; locks stay, nothing new opens");
  if (const auto& refused = enforcement_.reconciler().last_error())
    report.reasons.push_back("firewall: " + describe(*refused));
  if (host().empty())
    report.reasons.push_back("host: it has no id, so nothing opens: set host.id in the configuration");
  if (policy_problem_)
    report.reasons.push_back(
        "policy: the store has none that can be read, and what was locked stays so; set it again: " + *policy_problem_);
  if (connections_problem_) report.reasons.push_back("connections: " + *connections_problem_);
  if (const auto problem = keeper_.cut_problem())
    report.reasons.push_back("connections: those that have to end are not cut, tried again: " + describe(*problem));
  if (guard_.behind(now()))
    report.reasons.push_back("clock: earlier than " + to_string(*guard_.highest()) +
                             ", which was once seen; nothing opens by it");
  for (const auto& damaged : damaged_) report.reasons.push_back("store: damaged grant " + damaged);
}

void LocalAgent::add_measures(StatusReport& report) {
  if (const auto denied = parts_.backend.denied()) {
    report.denied_packets = denied->packets;
    for (const TransportPort& port : lock().ports) {
      const auto counted = denied->ports.find(port);
      report.denied_ports.push_back({port, counted == denied->ports.end() ? 0 : counted->second});
    }
  }
  report.drift = enforcement_.reconciler().drift();
  report.events = recorder_.counters().counts();
  report.openings = book_.totals();
  report.refusals = refusals_.totals();
  report.reconcile = enforcement_.durations();
  report.clock_synchronized = parts_.clock.synchronized();
  report.store_writable = loaded_ && !recorder_.problem();
  report.audit_intact = audit_intact_;
}

StatusReport LocalAgent::status() {
  parts_.backend.drain_events();
  StatusReport report;
  report.host = host();
  report.mode = config_.deny == DenyAction::audit ? "audit" : "enforce";
  const bool by_api = config_.policy_authority == PolicyAuthority::api;
  report.policy_authority = name_of(config_.policy_authority);
  report.backend = parts_.backend.name();
  report.sources = sources_.status();
  report.sources.insert(report.sources.begin(), {kLocalSource, "local", "ready", std::nullopt, std::nullopt});
  const auto observed = parts_.backend.read();
  const ObservedTable table = observed ? *observed : ObservedTable{};
  report.owns_table = table.owned;
  const bool wanted = activation_.wanted();
  report.in_sync =
      observed && enforcement_.reconciler().in_sync() &&
      (wanted ? table.present && table.static_rules_intact && table.locked == lock().ports : !table.present);
  report_problems(report);
  const auto others = existing_rules();
  if (!others) report.reasons.push_back("existing rules: cannot be read: " + describe(others.error()));
  if (others && wanted) {
    for (const auto& problem : others->problems) report.reasons.push_back("existing rules: " + problem);
  }
  if (!observed)
    report.reasons.push_back("firewall: cannot be read: " + describe(observed.error()));
  else if (!report.in_sync && !enforcement_.reconciler().last_error())
    report.reasons.push_back("firewall: changes are on their way");
  report.state = !report.reasons.empty()                 ? AgentState::degraded
                 : !wanted || !parts_.backend.enforces() ? AgentState::disabled
                 : report.mode == "audit"                ? AgentState::audit
                                                         : AgentState::enforcing;
  // What follows is worth knowing, and impairs nothing.
  if (!parts_.backend.enforces()) report.reasons.push_back("dry run: nothing is enforced (enforcement.backend: none)");
  if (book_.held() > book_.held_as_clone())
    report.reasons.push_back("clock: restored grants wait for it to be synchronised");
  if (book_.held_as_clone() > 0)
    report.reasons.push_back("clone: " + std::to_string(book_.held_as_clone()) +
                             " grants of the machine that this one was copied from stay closed");
  if (by_api && loaded_ && !policy_problem_ && config_.policy.ports.empty())
    report.reasons.push_back("policy: none is set, so nothing is locked (policy.authority: api)");
  if (tracking_problem_) note_tracking_capacity();
  if (tracking_problem_) report.reasons.push_back("connections: " + *tracking_problem_);
  if (configuration_problem_) report.reasons.push_back("configuration: not reloaded: " + *configuration_problem_);
  for (const SourceStatus& source : report.sources) {
    if (source.last_error) report.reasons.push_back("source " + source.name + ": " + *source.last_error);
  }
  for (const auto& [key, problem] : service_problems_) report.reasons.push_back(key + ": " + problem);
  if (const auto released = activation_.released_until()) report.reasons.push_back("released by jitgated --release");
  const auto openings = count_openings(active_);
  // By the policy, and beside it: while the policy is not known, what was locked before stays so.
  for (const auto& port : with_all_locked().ports) {
    const bool locked = is_locked(table, port.number, port.protocol);
    report.ports.push_back({port.number, port.protocol, locked, grants_on(openings, port), {}});
    auto& status = report.ports.back();
    auto lately = activity_.of(port.number, port.protocol, now());
    status.approved_requests = lately.approved_requests;
    status.last_access = lately.last_access;
    status.last_user = std::move(lately.last_user);
    if (others) status.exposures = exposures_of(others->exposures, port.number, port.protocol);
  }
  report.active_grants = openings.grants;
  report.waiting_grants = book_.held() + active_.size() - openings.grants;
  add_measures(report);
  if (const auto ends = activation_.trial_ends()) report.trial_ends = now() + (*ends - parts_.clock.boot_now());
  return report;
}

}  // namespace jitgate
