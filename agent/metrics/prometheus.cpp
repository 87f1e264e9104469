#include "agent/metrics/prometheus.hpp"

#include <algorithm>
#include <jitgate/version.hpp>

#include "agent/metrics/exposition.hpp"

namespace jitgate {
namespace {

MetricLabels labels_of(const PortStatus& port) {
  return {{"number", std::to_string(port.number.value())}, {"protocol", std::string(to_string(port.protocol))}};
}

void add_state(Exposition& out, const StatusReport& report) {
  out.gauge("build_info", "The version that runs.");
  out.sample({{"version", kVersion}}, 1);
  out.gauge("state", "1 for the state that the daemon is in.");
  for (const AgentState state :
       {AgentState::enforcing, AgentState::audit, AgentState::disabled, AgentState::degraded}) {
    out.sample({{"state", std::string(to_string(state))}}, report.state == state ? 1 : 0);
  }
  out.gauge("in_sync", "1 while the kernel holds exactly what is desired.");
  out.sample({}, report.in_sync ? 1 : 0);
  out.gauge("table_owned", "1 while nobody else can change the table.");
  out.sample({}, report.owns_table ? 1 : 0);
  out.gauge("reasons", "Lines that the status has to say about what is not as it should be.");
  out.sample({}, report.reasons.size());
  out.gauge("clock_synchronized", "1 while the operating system says that its clock is synchronised.");
  out.sample({}, report.clock_synchronized ? 1 : 0);
}

void add_records(Exposition& out, const StatusReport& report) {
  out.gauge("store_writable", "1 while what happens reaches the store and the audit in it.");
  out.sample({}, report.store_writable ? 1 : 0);
  if (!report.audit_intact) return;
  out.gauge("audit_intact", "1 when the audit's chain was whole the last time that somebody had it verified.");
  out.sample({}, *report.audit_intact ? 1 : 0);
}

void add_sources(Exposition& out, const StatusReport& report) {
  const auto labels = [](const SourceStatus& source) {
    return MetricLabels{{"source", source.name}, {"type", source.type}};
  };
  out.gauge("source_ready", "1 while nothing keeps the grant source from being heard of.");
  for (const SourceStatus& source : report.sources) out.sample(labels(source), source.state == "ready" ? 1 : 0);
  out.gauge("source_lag_seconds", "Since the grant source was last heard of.");
  for (const SourceStatus& source : report.sources) {
    if (!source.lag) continue;
    out.sample(labels(source),
               static_cast<std::uint64_t>(std::chrono::floor<std::chrono::seconds>(*source.lag).count()));
  }
}

void add_exposures(Exposition& out, const StatusReport& report) {
  out.gauge("port_exposures", "Chains of others that leave the port open and were not acknowledged.");
  for (const PortStatus& port : report.ports) {
    out.sample(labels_of(port), static_cast<std::uint64_t>(std::ranges::count_if(
                                    port.exposures, [](const auto& exposure) { return !exposure.acknowledged; })));
  }
  out.counter("exposure_packets_total", "Packets that a chain of others let in on a locked port.");
  for (const PortStatus& port : report.ports) {
    for (const ExposureStatus& exposure : port.exposures) {
      MetricLabels labels = labels_of(port);
      labels.emplace_back("transport", std::string(to_string(exposure.transport)));
      labels.emplace_back("by", exposure.by);
      out.sample(labels, exposure.packets);
    }
  }
}

void add_ports(Exposition& out, const StatusReport& report) {
  out.gauge("port_locked", "1 while the kernel holds the port's lock.");
  for (const PortStatus& port : report.ports) out.sample(labels_of(port), port.locked ? 1 : 0);
  out.gauge("port_grants", "Grants on the port.");
  for (const PortStatus& port : report.ports) out.sample(labels_of(port), port.active_grants);
  add_exposures(out, report);
  out.counter("denied_packets_total", "Packets that were denied, or in audit mode would have been.");
  out.sample({}, report.denied_packets);
  out.counter("port_denied_packets_total", "The same by the port that their sender asked for.");
  for (const DeniedStatus& denied : report.denied_ports) {
    out.sample({{"number", std::to_string(denied.port.number.value())},
                {"transport", std::string(to_string(denied.port.transport))}},
               denied.packets);
  }
}

void add_grants(Exposition& out, const StatusReport& report) {
  out.gauge("grants", "Grants by what they do.");
  out.sample({{"status", "active"}}, report.active_grants);
  out.sample({{"status", "waiting"}}, report.waiting_grants);
  out.counter("openings_total", "Openings that were granted; one source, protocol and port of a grant is one.");
  out.sample({}, report.openings.opened);
  out.counter("endings_total", "Openings that have ended, by why.");
  for (const StatusReason reason : {StatusReason::expired, StatusReason::user_requested,
                                    StatusReason::newer_request_initiated, StatusReason::policy_changed}) {
    const auto found = report.openings.ended.find(reason);
    out.sample({{"reason", std::string(to_string(reason))}}, found == report.openings.ended.end() ? 0 : found->second);
  }
  out.histogram("expiry_delay_seconds",
                "From the end of an opening, which the kernel keeps, to the moment in which the daemon saw to it.",
                report.openings.expiry_delay);
}

void add_refusals(Exposition& out, const RefusalTotals& refusals) {
  out.counter("refusals_total", "What callers were refused, by the error's code; also what the audit has not.");
  for (const auto& [reason, count] : refusals.by_reason) out.sample({{"reason", reason}}, count);
  out.counter("policy_violations_total", "Refused by the policy, by the field of the request that it does not allow.");
  for (const auto& [field, count] : refusals.by_field) out.sample({{"field", field}}, count);
  out.counter("unrecorded_refusals_total", "Refusals beyond a caller's rate, which are counted and not recorded.");
  out.sample({}, refusals.unrecorded);
}

void add_events(Exposition& out, const StatusReport& report) {
  out.counter("drift_total", "Changes of the table by others that were mended.");
  out.sample({}, report.drift);
  out.histogram("reconcile_duration_seconds", "Firewall transactions, from sending to the kernel's answer.",
                report.reconcile);
  out.counter("events_total", "Decisions, by the audit's operation and outcome.");
  for (const auto& [event, count] : report.events) {
    out.sample({{"operation", event.first}, {"outcome", event.second}}, count);
  }
}

}  // namespace

std::string to_prometheus(const StatusReport& report) {
  Exposition out;
  add_state(out, report);
  add_records(out, report);
  add_sources(out, report);
  add_ports(out, report);
  add_grants(out, report);
  add_refusals(out, report.refusals);
  add_events(out, report);
  return out.take();
}

}  // namespace jitgate
