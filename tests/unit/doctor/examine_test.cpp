#include <gmock/gmock.h>

#include <functional>

#include "tests/unit/doctor/evidence.hpp"

namespace jitgate::doctor {
namespace {

using ::testing::HasSubstr;

ExposureStatus exposure(Transport transport, bool acknowledged) {
  return {transport, "ip filter INPUT", 3, {}, acknowledged};
}

/// One thing that differs from a host as it should be.
struct Case {
  const char* name;
  std::function<void(Host&)> change;
  Verdict verdict;
  std::vector<std::string> codes;
  const char* remedy = "";  ///< is in the first finding's
};

class Examine : public testing::TestWithParam<Case> {};

TEST_P(Examine, JudgesAndSaysWhy) {
  Host host;
  GetParam().change(host);
  const DoctorReport report = examine(host.evidence);
  EXPECT_EQ(to_string(report.verdict), to_string(GetParam().verdict));
  std::vector<std::string> codes;
  for (const Finding& finding : report.findings) {
    codes.push_back(finding.code);
    EXPECT_FALSE(finding.message.empty()) << finding.code;
    EXPECT_FALSE(finding.remedy.empty()) << finding.code;
  }
  EXPECT_EQ(codes, GetParam().codes);
  const std::string remedy = report.findings.empty() ? "" : report.findings[0].remedy;
  EXPECT_THAT(remedy, HasSubstr(GetParam().remedy));
}

constexpr Transport kTcp = Transport::tcp;
constexpr Transport kUdp = Transport::udp;

const Case kPorts[] = {
    {"Locked", [](Host&) {}, Verdict::healthy, {}},
    {"NothingListens", [](Host& h) { h.listen({}); }, Verdict::not_applicable, {}},
    {"OnlyLoopback",
     [](Host& h) {
       h.listen({listener(kTcp, 22, "127.0.0.1"), listener(kTcp, 22, "::1")});
     },
     Verdict::not_applicable,
     {}},
    {"OnlyOtherPorts",
     [](Host& h) {
       h.listen({listener(kTcp, 443), listener(kUdp, 22)});
     },
     Verdict::not_applicable,
     {}},
    {"LockGone", [](Host& h) { h.ssh().locked = false; }, Verdict::unhealthy, {"port.unlocked"}, "jitgate enable"},
    {"Disabled",
     [](Host& h) {
       h.ssh().locked = false;
       h.evidence.status.state = AgentState::disabled;
     },
     Verdict::unhealthy,
     {"port.unlocked", "locks.disabled"},
     "jitgate enable"},
    {"DisabledAndNothingListens",
     [](Host& h) {
       h.listen({});
       h.evidence.status.state = AgentState::disabled;
     },
     Verdict::not_applicable,
     {"locks.disabled"}},
    {"DaemonDeadLocksGone",
     [](Host& h) {
       h.ssh().locked = false;
       h.evidence.daemon_runs = false;
     },
     Verdict::unhealthy,
     {"port.unlocked", "daemon.notRunning"},
     "systemctl start jitgated"},
    {"DaemonDeadLocksStand", [](Host& h) { h.evidence.daemon_runs = false; }, Verdict::healthy, {"daemon.notRunning"}},
    {"NotInPolicy",
     [](Host& h) {
       h.listen({listener(kTcp, 22), listener(kTcp, 5986)});
     },
     Verdict::unhealthy,
     {"port.notInPolicy"},
     "- number: 5986\n"},
    {"NotInThePolicyOfTheApi",
     [](Host& h) {
       h.evidence.status.policy_authority = "api";
       h.listen({listener(kTcp, 22), listener(kTcp, 5986)});
     },
     Verdict::unhealthy,
     {"port.notInPolicy"},
     "jitgate policy set"},
    {"SshdElsewhere",
     [](Host& h) {
       h.listen({listener(kTcp, 2222, "::", {"sshd", "systemd"})});
     },
     Verdict::unhealthy,
     {"port.notInPolicy"},
     "- number: 2222\n"},
    {"XrdpElsewhere",
     [](Host& h) { h.listen({listener(kTcp, 3390, "192.0.2.1", {"xrdp"})}); },
     Verdict::unhealthy,
     {"port.notInPolicy"},
     "- number: 3390\n"},
    {"RdpOverUdp",
     [](Host& h) {
       h.listen({listener(kTcp, 22), listener(kUdp, 3389)});
     },
     Verdict::unhealthy,
     {"port.notInPolicy"},
     "protocol: UDP\n"},
    {"PolicyForTheOtherTransport",
     [](Host& h) {
       h.policy.ports[0].protocol = Protocol::udp;
       h.ssh().protocol = Protocol::udp;
     },
     Verdict::unhealthy,
     {"port.notInPolicy"}},
    {"PolicyForAnyTransport",
     [](Host& h) {
       h.policy.ports[0].protocol = Protocol::any;
       h.ssh().protocol = Protocol::any;
     },
     Verdict::healthy,
     {}},
    {"PolicyPortThatIsNoManagementPort",
     [](Host& h) {
       h.policy.ports[0].number = port(kTcp, 8443).number;
       h.ssh() = {port(kTcp, 8443).number, Protocol::tcp, false, 0, {}};
       h.listen({listener(kTcp, 8443)});
     },
     Verdict::unhealthy,
     {"port.unlocked"}},
    {"Exposed",
     [](Host& h) { h.ssh().exposures = {exposure(kTcp, false)}; },
     Verdict::unhealthy,
     {"port.exposed"},
     "jitgate acknowledge --port 22/tcp"},
    {"ExposedAndAcknowledged", [](Host& h) { h.ssh().exposures = {exposure(kTcp, true)}; }, Verdict::healthy, {}},
    {"SecondExposureNotAcknowledged",
     [](Host& h) {
       h.ssh().exposures = {exposure(kTcp, true), exposure(kTcp, false)};
     },
     Verdict::unhealthy,
     {"port.exposed"}},
    {"ExposedForTheOtherTransport",
     [](Host& h) {
       h.policy.ports[0].protocol = Protocol::any;
       h.ssh().protocol = Protocol::any;
       h.ssh().exposures = {exposure(kUdp, false)};
     },
     Verdict::healthy,
     {}},
};
INSTANTIATE_TEST_SUITE_P(Ports, Examine, testing::ValuesIn(kPorts), [](const auto& one) { return one.param.name; });

const Case kOthers[] = {
    {"AuditMode",
     [](Host& h) {
       h.evidence.status.mode = "audit";
       h.evidence.status.state = AgentState::audit;
     },
     Verdict::unhealthy,
     {"port.audited", "locks.audit"},
     "mode: enforce"},
    {"Degraded",
     [](Host& h) {
       h.evidence.status.state = AgentState::degraded;
       h.evidence.status.reasons = {"store: the disk is full", "connections: lost"};
     },
     Verdict::unhealthy,
     {"locks.degraded"}},
    {"DryRun",
     [](Host& h) { h.evidence.dry_run = true; },
     Verdict::unhealthy,
     {"port.unlocked", "firewall.notEnforced"},
     "backend: nftables"},
    {"ClockNotSynchronized",
     [](Host& h) { h.evidence.clock_synchronized = false; },
     Verdict::healthy,
     {"clock.notSynchronized"},
     "timedatectl"},
    {"LongFromAnywhere",
     [](Host& h) { h.policy.ports[0].max_duration = std::chrono::hours(13); },
     Verdict::healthy,
     {"policy.weak"},
     "maxRequestAccessDuration"},
    {"LongFromAnywhereOverIpv6",
     [](Host& h) {
       h.policy.ports[0].max_duration = std::chrono::hours(13);
       h.policy.ports[0].allowed_sources = {AddressPrefix::parse("192.0.2.0/24").value(),
                                            AddressPrefix::any(Family::ipv6)};
     },
     Verdict::healthy,
     {"policy.weak"}},
    {"LongFromSomeNetworks",
     [](Host& h) {
       h.policy.ports[0].max_duration = std::chrono::hours(240);
       h.policy.ports[0].allowed_sources = {AddressPrefix::parse("192.0.2.0/24").value()};
     },
     Verdict::healthy,
     {}},
    {"TwelveHoursFromAnywhere",
     [](Host& h) { h.policy.ports[0].max_duration = std::chrono::hours(12); },
     Verdict::healthy,
     {}},
    {"SourceStale",
     [](Host& h) {
       h.evidence.status.sources = {{"local", "local", "ready", {}, {}}, {"cloud", "http", "stale", {}, {}}};
     },
     Verdict::healthy,
     {"source.notReady"}},
    {"RulesetSaved",
     [](Host& h) {
       h.evidence.saved = {{"/etc/nftables.conf", "table inet jitgate {"}};
     },
     Verdict::healthy,
     {"ruleset.saved"},
     "/etc/nftables.conf"},
    {"SocketsUnreadable",
     [](Host& h) { h.evidence.sockets = error(errc::system_failed, "no netlink"); },
     Verdict::unhealthy,
     {"sockets.unreadable"}},
    {"ProcessesUnreadable",
     [](Host& h) { h.evidence.sockets->processes_readable = false; },
     Verdict::healthy,
     {"processes.unreadable"},
     "jitgated --doctor"},
    {"FirewallUnavailable",
     [](Host& h) {
       h.evidence.firewall_problem = error(errc::firewall_failed, "no nf_tables");
       h.ssh().locked = false;
     },
     Verdict::unhealthy,
     {"port.unlocked", "firewall.unavailable"}},
};
INSTANTIATE_TEST_SUITE_P(Others, Examine, testing::ValuesIn(kOthers), [](const auto& one) { return one.param.name; });

const Case kConfigurations[] = {
    {"None",
     [](Host& h) { h.forget_configuration(); },
     Verdict::unhealthy,
     {"port.unlocked", "config.missing"},
     "systemctl enable --now jitgated"},
    {"NoneAndNothingListens",
     [](Host& h) {
       h.forget_configuration();
       h.listen({});
     },
     Verdict::not_applicable,
     {}},
    {"NoneButTheLockStands",
     [](Host& h) {
       const PortStatus ssh = h.ssh();
       h.forget_configuration();
       h.evidence.status.ports = {ssh};
     },
     Verdict::healthy,
     {"config.missing"}},
    {"Invalid",
     [](Host& h) {
       h.forget_configuration();
       h.evidence.config_problem = error(errc::invalid_argument, "unknown key");
     },
     Verdict::unhealthy,
     {"port.unlocked", "config.invalid"},
     "jitgated --check-config"},
};
INSTANTIATE_TEST_SUITE_P(Configurations, Examine, testing::ValuesIn(kConfigurations),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace jitgate::doctor
