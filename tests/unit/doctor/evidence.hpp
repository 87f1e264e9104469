#pragma once

#include <string>
#include <vector>

#include "agent/doctor/examine.hpp"

namespace jitgate::doctor {

inline TransportPort port(Transport transport, int number) {
  return {transport, PortNumber::from(number).value()};
}

inline ListeningSocket listener(Transport transport, int number, const std::string& address = "0.0.0.0",
                                std::vector<std::string> processes = {}) {
  const bool loopback = address.starts_with("127.") || address == "::1";
  return {port(transport, number), AddressPrefix::parse(address).value(), loopback, std::move(processes)};
}

/// A host as it should be: SSH listens and is locked, the daemon enforces.
struct Host {
  Host() {
    policy.ports = {
        {port(Transport::tcp, 22).number, Protocol::tcp, {AddressPrefix::any(Family::ipv4)}, std::chrono::hours(3)}};
    evidence.sockets = SocketReport{{listener(Transport::tcp, 22, "0.0.0.0", {"sshd"})}, true};
    evidence.policy = &policy;
    evidence.status.mode = "enforce";
    evidence.status.state = AgentState::enforcing;
    evidence.status.ports = {{policy.ports[0].number, Protocol::tcp, true, 0, {}}};
  }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  void listen(std::vector<ListeningSocket> sockets) { evidence.sockets->sockets = std::move(sockets); }
  void forget_configuration() {
    evidence.policy = nullptr;
    evidence.status.ports.clear();
    evidence.daemon_runs = false;
  }
  PortStatus& ssh() { return evidence.status.ports.at(0); }

  Policy policy;
  Evidence evidence;
};

}  // namespace jitgate::doctor
