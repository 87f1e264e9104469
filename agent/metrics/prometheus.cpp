#include "agent/metrics/prometheus.hpp"

#include <algorithm>
#include <array>
#include <jitgate/version.hpp>
#include <utility>
#include <vector>

namespace jitgate {
namespace {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

/// A label's value may hold anything; these three are what the format escapes.
std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
  return text;
}

class Exposition {
 public:
  void metric(std::string_view name, std::string_view type, std::string_view help) {
    name_ = "jitgate_" + std::string(name);
    text_ += "# HELP " + name_ + " " + std::string(help) + "\n# TYPE " + name_ + " " + std::string(type) + "\n";
  }

  void sample(const Labels& labels, std::uint64_t value) {
    text_ += name_;
    std::string_view separator = "{";
    for (const auto& [label, content] : labels) {
      text_ += std::string(separator) + std::string(label) + "=\"" + escaped(content) + "\"";
      separator = ",";
    }
    text_ += (labels.empty() ? " " : "} ") + std::to_string(value) + "\n";
  }

  std::string take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

Labels labels_of(const PortStatus& port) {
  return {{"number", std::to_string(port.number.value())}, {"protocol", std::string(to_string(port.protocol))}};
}

void add_state(Exposition& out, const StatusReport& report) {
  out.metric("build_info", "gauge", "The version that runs.");
  out.sample({{"version", kVersion}}, 1);
  out.metric("state", "gauge", "1 for the state that the daemon is in.");
  for (const AgentState state :
       {AgentState::enforcing, AgentState::audit, AgentState::disabled, AgentState::degraded}) {
    out.sample({{"state", std::string(to_string(state))}}, report.state == state ? 1 : 0);
  }
  out.metric("in_sync", "gauge", "1 while the kernel holds exactly what is desired.");
  out.sample({}, report.in_sync ? 1 : 0);
  out.metric("table_owned", "gauge", "1 while nobody else can change the table.");
  out.sample({}, report.owns_table ? 1 : 0);
  out.metric("reasons", "gauge", "Lines that the status has to say about what is not as it should be.");
  out.sample({}, report.reasons.size());
}

void add_ports(Exposition& out, const StatusReport& report) {
  out.metric("port_locked", "gauge", "1 while the kernel holds the port's lock.");
  for (const PortStatus& port : report.ports) out.sample(labels_of(port), port.locked ? 1 : 0);
  out.metric("port_grants", "gauge", "Grants on the port.");
  for (const PortStatus& port : report.ports) out.sample(labels_of(port), port.active_grants);
  out.metric("port_exposures", "gauge", "Chains of others that leave the port open and were not acknowledged.");
  for (const PortStatus& port : report.ports) {
    out.sample(labels_of(port), static_cast<std::uint64_t>(std::ranges::count_if(
                                    port.exposures, [](const auto& exposure) { return !exposure.acknowledged; })));
  }
  out.metric("exposure_packets_total", "counter", "Packets that a chain of others let in on a locked port.");
  for (const PortStatus& port : report.ports) {
    for (const ExposureStatus& exposure : port.exposures) {
      Labels labels = labels_of(port);
      labels.emplace_back("transport", std::string(to_string(exposure.transport)));
      labels.emplace_back("by", exposure.by);
      out.sample(labels, exposure.packets);
    }
  }
}

void add_events(Exposition& out, const StatusReport& report) {
  out.metric("grants", "gauge", "Grants by what they do.");
  out.sample({{"status", "active"}}, report.active_grants);
  out.sample({{"status", "waiting"}}, report.waiting_grants);
  out.metric("denied_packets_total", "counter", "Packets that were denied, or in audit mode would have been.");
  out.sample({}, report.denied_packets);
  out.metric("drift_total", "counter", "Changes of the table by others that were mended.");
  out.sample({}, report.drift);
  out.metric("events_total", "counter", "Decisions, by the audit's operation and outcome.");
  for (const auto& [event, count] : report.events) {
    out.sample({{"operation", event.first}, {"outcome", event.second}}, count);
  }
}

}  // namespace

std::string to_prometheus(const StatusReport& report) {
  Exposition out;
  add_state(out, report);
  add_ports(out, report);
  add_events(out, report);
  return out.take();
}

}  // namespace jitgate
