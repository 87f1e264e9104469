#include "tests/scenarios/firewall_scenarios.hpp"

#include <map>

#include "tests/netns/nft_fixture.hpp"

namespace jitgate::netns {
namespace {

using Flow = std::pair<std::string, TransportPort>;

/// The table of scenarios with real packets; tests/windows/wfp_scenario_test.cpp asks the model of WFP.
class Scenarios : public NftTest, public scenarios::Stage, public ::testing::WithParamInterface<scenarios::Scenario> {
 protected:
  FirewallBackend& backend() override { return *backend_; }
  void restart() override {
    backend_.reset();
    backend_ = make_backend();
  }
  BootTime now() override { return clock_.boot_now(); }

  bool connects(const std::string& from, const TransportPort& to, bool expected) override {
    const auto patience = expected ? kPatience : kSilence;
    const Endpoint there{address_for(from), to.number.value()};
    const Outcome outcome = to.transport == Transport::tcp ? tcp_connects(host(from), there, patience, {from})
                                                           : udp_echoes(host(from), there, patience, {from});
    return outcome == Outcome::connected;
  }

  bool establish(const std::string& from, const TransportPort& to) override {
    const Endpoint there{address_for(from), to.number.value()};
    if (to.transport == Transport::udp) {
      udp_.insert_or_assign({from, to}, udp_connect(host(from), there, {from}));
    } else {
      const bool v4 = from.find(':') == std::string::npos;
      tcp_.try_emplace({from, to}, host(from), v4 ? services_.tcp4 : services_.tcp6, there, Endpoint{from});
    }
    return alive(from, to);
  }

  bool alive(const std::string& from, const TransportPort& to) override {
    if (to.transport == Transport::tcp) return tcp_.at({from, to}).echoes();
    return udp_round_trip(udp_.at({from, to}).fd(), kPatience) == Outcome::connected;
  }

 private:
  static bool is_loopback(const std::string& from) { return from == "127.0.0.1" || from == "::1"; }
  const Host& host(const std::string& from) const {
    if (is_loopback(from)) return network_.server;
    return from == network_.client.ipv4 || from == network_.client.ipv6 ? network_.client : network_.stranger;
  }
  std::string address_for(const std::string& from) const { return is_loopback(from) ? from : server_address(from); }

  Services services_{network_.server};
  TcpListener loopback_tcp4_{network_.server, {"127.0.0.1", 22}};
  TcpListener loopback_tcp6_{network_.server, {"::1", 22}};
  UdpEchoServer loopback_udp4_{network_.server, {"127.0.0.1", 53}};
  UdpEchoServer loopback_udp6_{network_.server, {"::1", 53}};
  std::map<Flow, TcpPair> tcp_;
  std::map<Flow, Socket> udp_;
};

TEST_P(Scenarios, GiveTheirVerdicts) {
  scenarios::play(GetParam(), *this);
}

INSTANTIATE_TEST_SUITE_P(, Scenarios, ::testing::ValuesIn(scenarios::table()),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace jitgate::netns
