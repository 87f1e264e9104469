#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "agent/model/clock.hpp"

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
  std::string reason;  ///< why refused or ended
};

struct AuditQuery {
  std::optional<WallTime> since;
  std::optional<std::string> grant_id;
  std::size_t limit = 10'000;  ///< the newest that many, oldest first
};

}  // namespace jitgate
