#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/model/clock.hpp"
#include "agent/model/port.hpp"

namespace jitgate {

/// One decision or change, as it is recorded for good. Times are UTC. Strings are UTF-8, as given; escaping is the
/// writer's.
struct AuditEvent {
  std::uint64_t sequence = 0;  ///< given by the store: 1, 2, 3, ...
  WallTime at;
  std::string operation;  ///< "grant.open", "grant.expire", "grant.revoke", "request.refuse", "policy.change",
                          ///< "lock.enable", ...
  std::string outcome;    ///< "Succeeded", "Refused", "Failed"
  std::string caller;     ///< authenticated identity: "alice (uid 1000)", or "jitgated"
  std::string peer;       ///< "pid 4242", or the address on HTTPS
  std::string grant_id;   ///< empty where there is none
  std::string resource;   ///< "22/TCP from 203.0.113.7 until 2026-11-21T19:00:00Z"
  std::string justification;
  std::string reason;   ///< why refused or ended
  std::string ports{};  ///< what `resource` is about: "22/TCP,500/*", each once; empty where it is about no port
  /// The kernel's number of the ruleset (NFTA_GEN_ID) as this was recorded: what had changed by then is in it. An
  /// opening is recorded before it is made, so it is in a later one. 0: not known.
  std::uint32_t generation = 0;
};

/// A port to look for: without a protocol every one of that number; with one, `*` counts too.
struct AuditPort {
  PortNumber number;
  std::optional<Protocol> protocol{};
};

/// Every condition that is there must hold.
struct AuditQuery {
  std::optional<WallTime> since;          ///< at that time or later
  std::optional<WallTime> until{};        ///< before that time
  std::optional<std::string> caller{};    ///< exactly
  std::optional<AuditPort> port{};        ///< among the ports
  std::optional<std::string> grant_id;    ///< exactly; "" finds nothing
  std::optional<std::uint64_t> before{};  ///< a lower sequence: for the page before another
  std::size_t limit = 10'000;             ///< the newest that many, oldest first
};

/// What was found, oldest first. A page holds kMaxBytes of text at most, but one event always.
struct AuditPage {
  std::vector<AuditEvent> events;
  bool more = false;  ///< older ones match too: `before` the first of these

  static constexpr std::size_t kMaxBytes = 8 * 1024 * 1024;
};

}  // namespace jitgate
