#include "tests/scenarios/firewall_scenarios.hpp"

namespace jitgate::scenarios {
namespace {

using namespace std::chrono_literals;
using Kind = Step::Kind;

constexpr const char* kClient = "198.51.100.10";
constexpr const char* kClient6 = "fd00:51::10";
constexpr const char* kStranger = "198.51.100.20";
constexpr const char* kStranger6 = "fd00:51::20";

TransportPort port(Transport transport, int number) {
  return {transport, PortNumber::from(number).value()};
}
TransportPort tcp(int number) {
  return port(Transport::tcp, number);
}
TransportPort udp(int number) {
  return port(Transport::udp, number);
}

Step::Entry entry(const std::string& source, const TransportPort& to, Duration lasts = 1h) {
  return {{AddressPrefix::parse(source).value(), to}, lasts};
}

/// TCP 22 and UDP 53.
Lock lock() {
  Lock locked;
  locked.ports = {tcp(22), udp(53)};
  return locked;
}

Step raise(Lock locked, std::vector<Step::Entry> entries = {}) {
  return {.kind = Kind::raise, .lock = std::move(locked), .entries = std::move(entries)};
}
Step put(std::vector<Step::Entry> entries) {
  return {.kind = Kind::put, .entries = std::move(entries)};
}
Step close(std::vector<Step::Entry> entries) {
  return {.kind = Kind::close, .entries = std::move(entries)};
}
Step on(Kind kind, const char* from, std::vector<TransportPort> ports) {
  return {.kind = kind, .from = from, .ports = std::move(ports)};
}
Step passes(const char* from, std::vector<TransportPort> ports) {
  return on(Kind::passes, from, std::move(ports));
}
Step denied(const char* from, std::vector<TransportPort> ports) {
  return on(Kind::denied, from, std::move(ports));
}
Step establish(const char* from, std::vector<TransportPort> ports) {
  return on(Kind::establish, from, std::move(ports));
}
Step alive(const char* from, std::vector<TransportPort> ports) {
  return on(Kind::alive, from, std::move(ports));
}
Step remove() {
  return {.kind = Kind::remove};
}
Step restart() {
  return {.kind = Kind::restart};
}

Lock with_always_allowed() {
  Lock locked = lock();
  locked.always_allow = {AddressPrefix::parse("198.51.100.0/28").value(), AddressPrefix::parse("fd00:51::10").value()};
  return locked;
}

Lock audited() {
  Lock locked = lock();
  locked.deny = DenyAction::audit;
  return locked;
}

Lock other() {
  Lock locked;
  locked.ports = {tcp(23), udp(53)};
  return locked;
}

std::vector<Scenario> make_locks() {
  return {
      {"ALockDeniesItsPortsAndNoOthers",
       {passes(kStranger, {tcp(22), udp(53)}), raise(lock()), denied(kStranger, {tcp(22), udp(53)}),
        denied(kStranger6, {tcp(22), udp(53)}), passes(kStranger, {tcp(23), udp(54)}),
        passes(kStranger6, {tcp(23), udp(54)})}},
      {"LoopbackPasses", {raise(lock()), passes("127.0.0.1", {tcp(22), udp(53)}), passes("::1", {tcp(22), udp(53)})}},
      {"WhoIsAlwaysAllowedPasses",
       {raise(with_always_allowed()), passes(kClient, {tcp(22), udp(53)}), passes(kClient6, {tcp(22), udp(53)}),
        denied(kStranger, {tcp(22)}), denied(kStranger6, {udp(53)})}},
      {"AnAuditDeniesNothing",
       {raise(audited()), passes(kStranger, {tcp(22), udp(53)}), passes(kStranger6, {tcp(22)})}},
      {"AnotherLockTakesThePlace",
       {raise(lock(), {entry(kClient, tcp(22)), entry(kClient, udp(53))}), raise(other(), {entry(kClient, tcp(23))}),
        passes(kStranger, {tcp(22)}), passes(kClient, {tcp(23)}), denied(kClient, {udp(53)}),
        denied(kStranger, {tcp(23)})}},
      {"RemovalLeavesNothing",
       {raise(with_always_allowed(), {entry(kClient, tcp(22))}), remove(), passes(kStranger, {tcp(22), udp(53)}),
        remove(), passes(kStranger6, {tcp(22)})}},
      {"TheLockOutlivesTheProcess",
       {raise(lock()), denied(kStranger, {tcp(22)}), restart(), denied(kStranger, {tcp(22)}), raise(lock()),
        denied(kStranger6, {udp(53)})}},
  };
}

std::vector<Scenario> make_grants() {
  return {
      {"AGrantIsItsSourceProtocolAndPort",
       {raise(lock(), {entry(kClient, tcp(22)), entry(kClient6, udp(53))}), passes(kClient, {tcp(22)}),
        denied(kClient, {udp(53)}), denied(kStranger, {tcp(22)}), passes(kClient6, {udp(53)}),
        denied(kClient6, {tcp(22)}), denied(kStranger6, {udp(53)})}},
      {"APrefixIsItsAddressesAndNoMore",
       {raise(lock()), put({entry("198.51.100.0/28", tcp(22)), entry("fd00:51::10/124", tcp(22))}),
        passes(kClient, {tcp(22)}), denied(kStranger, {tcp(22)}), passes(kClient6, {tcp(22)}),
        denied(kStranger6, {tcp(22)})}},
      {"EverybodyIsEverybodyOfOneFamily",
       {raise(lock()), put({entry("0.0.0.0/0", tcp(22))}), passes(kStranger, {tcp(22)}),
        denied(kStranger6, {tcp(22)})}},
      {"WhatIsRevokedIsClosed",
       {raise(lock(), {entry(kClient, tcp(22)), entry(kClient6, tcp(22))}), close({entry(kClient, tcp(22))}),
        denied(kClient, {tcp(22)}), passes(kClient6, {tcp(22)}), close({entry(kClient, tcp(22))}),
        put({entry(kClient, tcp(22))}), passes(kClient, {tcp(22)})}},
      {"AGrantEndsOnTime",
       {raise(lock(), {entry(kClient, tcp(22), 1500ms), entry(kClient6, tcp(22))}), passes(kClient, {tcp(22)}),
        on(Kind::closes, kClient, {tcp(22)}), passes(kClient6, {tcp(22)})}},
      {"ReTimingHolds",
       {raise(lock(), {entry(kClient, tcp(22), 800ms), entry(kClient6, tcp(22))}),
        put({entry(kClient, tcp(22)), entry(kClient6, tcp(22), 800ms)}), on(Kind::closes, kClient6, {tcp(22)}),
        passes(kClient, {tcp(22)})}},
      {"OverlappingGrantsEndEachByItself",
       {raise(lock(), {entry("198.51.100.0/24", tcp(22)), entry(kClient, tcp(22))}),
        close({entry("198.51.100.0/24", tcp(22))}), passes(kClient, {tcp(22)}), denied(kStranger, {tcp(22)})}},
      {"ATimeThatIsOverOpensNothing",
       {raise(lock(), {entry(kClient, tcp(22), -1s)}), put({entry(kClient, udp(53), -1h)}),
        denied(kClient, {tcp(22), udp(53)})}},
  };
}

std::vector<Scenario> make_established() {
  return {
      {"WhatIsEstablishedOutlivesItsGrant",
       {raise(lock(), {entry(kClient, tcp(22)), entry(kClient, udp(53)), entry(kClient6, tcp(22))}),
        establish(kClient, {tcp(22), udp(53)}), establish(kClient6, {tcp(22)}),
        close({entry(kClient, tcp(22)), entry(kClient, udp(53)), entry(kClient6, tcp(22))}),
        alive(kClient, {tcp(22), udp(53)}), alive(kClient6, {tcp(22)}), denied(kClient, {tcp(22), udp(53)})}},
      {"WhatWasThereBeforeTheLockStays",
       {raise(Lock{}), establish(kStranger, {tcp(22)}), establish(kStranger6, {tcp(22)}), raise(lock()),
        alive(kStranger, {tcp(22)}), alive(kStranger6, {tcp(22)}), denied(kStranger, {tcp(22)})}},
      {"WhatIsEstablishedOutlivesTheProcessAndAnotherTable",
       {raise(lock(), {entry(kClient, tcp(22))}), establish(kClient, {tcp(22)}), restart(), alive(kClient, {tcp(22)}),
        raise(lock()), alive(kClient, {tcp(22)}), denied(kClient, {tcp(22)})}},
  };
}

std::vector<Scenario> make_table() {
  auto scenarios = make_locks();
  for (auto& one : make_grants()) scenarios.push_back(std::move(one));
  for (auto& one : make_established()) scenarios.push_back(std::move(one));
  return scenarios;
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Scenario& scenario) {
  return out << scenario.name;
}

const std::vector<Scenario>& table() {
  static const std::vector<Scenario> scenarios = make_table();
  return scenarios;
}

}  // namespace jitgate::scenarios
