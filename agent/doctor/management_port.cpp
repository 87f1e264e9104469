#include "agent/doctor/management_port.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

namespace jitgate::doctor {
namespace {

constexpr std::array<std::uint16_t, 4> kManagementPorts{22, 3389, 5985, 5986};
/// RDP speaks UDP beside TCP.
constexpr std::uint16_t kRdp = 3389;

/// Names as the kernel keeps them: 15 characters at most (proc(5), comm). sshd-session is not among them: it holds the
/// forwarded ports of a user, not the server's.
constexpr std::array<std::string_view, 6> kServers{"sshd", "dropbear",        "tinysshd",
                                                   "xrdp", "gnome-remote-de", "krdpserver"};

bool is_server(const std::string& process) {
  return std::ranges::find(kServers, process) != kServers.end();
}

bool is_named(const Policy* policy, const TransportPort& port) {
  if (policy == nullptr) return false;
  return std::ranges::binary_search(policy->locked_ports(), port);
}

struct Holders {
  std::set<std::string> addresses;
  std::set<std::string> processes;
};

}  // namespace

std::span<const std::uint16_t> recommended_ports() {
  return kManagementPorts;
}

bool is_management(const ListeningSocket& socket) {
  const std::uint16_t number = socket.port.number.value();
  if (socket.port.transport == Transport::udp) return number == kRdp;
  return std::ranges::find(kManagementPorts, number) != kManagementPorts.end() ||
         std::ranges::any_of(socket.processes, is_server);
}

std::vector<ManagementPort> management_ports(const std::vector<ListeningSocket>& sockets, const Policy* policy) {
  std::map<TransportPort, Holders> for_others;
  std::map<TransportPort, Holders> for_this_host;
  for (const ListeningSocket& socket : sockets) {
    if (!is_management(socket) && !is_named(policy, socket.port)) continue;
    Holders& holders = (socket.only_loopback ? for_this_host : for_others)[socket.port];
    holders.addresses.insert(socket.address.to_string());
    holders.processes.insert(socket.processes.begin(), socket.processes.end());
  }
  std::vector<ManagementPort> ports;
  const auto add = [&ports](const auto& found, Protection protection) {
    ports.push_back({found.first,
                     {found.second.addresses.begin(), found.second.addresses.end()},
                     {found.second.processes.begin(), found.second.processes.end()},
                     protection});
  };
  for (const auto& found : for_others) add(found, Protection::unlocked);
  for (const auto& found : for_this_host) {
    if (!for_others.contains(found.first)) add(found, Protection::unreachable);
  }
  std::ranges::sort(ports, {}, &ManagementPort::port);
  return ports;
}

std::string to_string(const TransportPort& port) {
  return std::to_string(port.number.value()) + "/" + std::string(jitgate::to_string(port.transport));
}

}  // namespace jitgate::doctor
