#pragma once

#include <string>
#include <utility>
#include <vector>

#include "agent/model/grant_document.hpp"
#include "agent/model/policy.hpp"
#include "agent/model/ruleset.hpp"
#include "tests/fake/manual_clock.hpp"

namespace jitgate {

// Short ways to write down what tests speak of. Bad text throws: the test is wrong then.

inline AddressPrefix prefix(std::string_view text) {
  return AddressPrefix::parse(text).value();
}
inline PortNumber port_number(int number) {
  return PortNumber::from(number).value();
}
inline TransportPort tcp(int number) {
  return {Transport::tcp, port_number(number)};
}
inline TransportPort udp(int number) {
  return {Transport::udp, port_number(number)};
}
inline AllowKey tcp_key(std::string_view source, int number) {
  return {prefix(source), tcp(number)};
}

inline GrantPort grant_port(int number, Protocol protocol, std::string_view source, WallTime end) {
  return {port_number(number), protocol, prefix(source), end};
}

inline PolicyPort policy_port(int number, Protocol protocol, std::vector<AddressPrefix> sources = {}) {
  if (sources.empty()) sources = {AddressPrefix::any(Family::ipv4), AddressPrefix::any(Family::ipv6)};
  return {port_number(number), protocol, std::move(sources), std::chrono::hours(3), false, KeepEstablished{}};
}

/// A grant that starts now, with a document that describes it.
inline GrantRecord make_record(const Clock& clock, std::string id, std::vector<GrantPort> ports,
                               std::string requestor = "requester@example.com") {
  GrantRecord record;
  record.grant = {std::move(id),    {}, "web-17",        std::move(requestor), std::nullopt,
                  clock.wall_now(), "", std::move(ports)};
  record.document = write_grant_document(record.grant);
  record.grant.digest = sha256(record.document);
  record.source = "local";
  for (const auto& port : record.grant.ports) {
    PortState state;
    state.boot_id = clock.boot_id();
    state.boot_deadline = clock.boot_now() + (port.end - clock.wall_now());
    record.states.push_back(std::move(state));
  }
  return record;
}

}  // namespace jitgate
