// The doctor without a daemon: everything is read from the kernel and the files, and nothing is changed.
#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <filesystem>

#include "agent/api/resource.hpp"
#include "agent/config/config.hpp"
#include "agent/config/wanted_lock.hpp"
#include "agent/control/host_survey.hpp"
#include "agent/daemon/host.hpp"
#include "agent/daemon/kept_ports.hpp"
#include "agent/daemon/options.hpp"
#include "agent/doctor/examine.hpp"
#include "cli/doctor_text.hpp"
#include "platform/saved_rulesets.hpp"
#include "platform/socket_inventory.hpp"

namespace jitgate {
namespace {

/// What the kernel has locked, without anybody's policy.
std::vector<PortStatus> locked_ports(const ObservedTable& table) {
  std::vector<PortStatus> ports;
  for (const TransportPort& port : table.locked) {
    if (port.transport != Transport::tcp && port.transport != Transport::udp) continue;
    const Protocol protocol = port.transport == Transport::tcp ? Protocol::tcp : Protocol::udp;
    ports.push_back({port.number, protocol, true, 0, {}});
  }
  return ports;
}

std::vector<PortStatus> policy_ports(const Policy& policy, const ObservedTable& table,
                                     const std::vector<Exposure>& exposures) {
  std::vector<PortStatus> ports;
  for (const PolicyPort& one : policy.ports) {
    const auto is_locked = [&](Transport transport) {
      return std::ranges::binary_search(table.locked, TransportPort{transport, one.number});
    };
    PortStatus port{one.number, one.protocol, std::ranges::all_of(transports(one.protocol), is_locked), 0, {}};
    for (const Exposure& exposure : exposures) {
      const auto& [transport, number] = exposure.port;
      if (number != one.number || std::ranges::count(transports(one.protocol), transport) == 0) continue;
      port.exposures.push_back({transport, exposure.by, exposure.packets, exposure.sources, false});
    }
    ports.push_back(std::move(port));
  }
  return ports;
}

/// As the kernel has them now; the error is why it cannot say.
Result<std::vector<PortStatus>> read_firewall(const Config* config, const Clock& clock) {
  boost::asio::io_context context(1);
  const auto backend = make_firewall_reader(config, clock, context);
  if (!backend) return backend.error();
  const Result<ObservedTable> table = (*backend)->read();
  if (!table) return table.error();
  if (config == nullptr) return locked_ports(*table);
  const auto others = (*backend)->existing_rules(wanted_lock(*config));
  if (!others) return others.error();
  return policy_ports(config->policy, *table, others->exposures);
}

int print(const doctor::DoctorReport& report, bool json) {
  const boost::json::value rendered = doctor_to_json(report);
  const std::string text = json ? boost::json::serialize(rendered) + "\n" : cli::doctor_text(rendered);
  std::fputs(text.c_str(), stdout);
  return cli::is_acceptable(rendered) ? 0 : 1;
}

}  // namespace

int examine_host(const std::string& path, bool json) {
  doctor::Evidence evidence;
  std::error_code failed;
  const bool configured = std::filesystem::exists(path, failed) || failed;
  Result<Config> config = configured ? load_config(path) : Result<Config>(Config{});
  if (config) {
    if (const auto known = add_kept_ports(*config); !known) config = known.error();
  }
  if (!config) evidence.config_problem = config.error();
  const Config* valid = configured && config ? &*config : nullptr;
  if (valid != nullptr) {
    evidence.policy = &valid->policy;
    evidence.status.policy_authority = name_of(valid->policy_authority);
    evidence.dry_run = valid->backend == BackendKind::none;
    evidence.status.mode = valid->deny == DenyAction::audit ? "audit" : "enforce";
  }
  const auto clock = make_host_clock();
  evidence.clock_synchronized = clock->synchronized();
  HostFacts facts = survey_host(*make_socket_inventory(), usual_saved_rulesets());
  evidence.sockets = std::move(facts.sockets);
  evidence.saved = std::move(facts.saved);
  Result<std::vector<PortStatus>> ports = read_firewall(valid, *clock);
  if (ports)
    evidence.status.ports = std::move(*ports);
  else
    evidence.firewall_problem = ports.error();
  // Where it cannot be tried, as in some containers, it may work all the same.
  const auto enforced = can_enforce(valid == nullptr ? Config{} : *valid, *clock);
  if (ports && !enforced && enforced.error().code != errc::not_permitted) evidence.firewall_problem = enforced.error();
  // The daemon's own state is the daemon's to tell; here it only counts that it is there.
  evidence.daemon_runs = is_listening(config ? config->socket : Config{}.socket);
  evidence.status.state = AgentState::enforcing;
  return print(doctor::examine(evidence), json);
}

}  // namespace jitgate
