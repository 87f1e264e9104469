#pragma once

#include <chrono>
#include <cstdint>

#include "agent/model/clock.hpp"

namespace jitgate {

/// How much of the trail is kept: the newest so many records, and none older than so long (and a little: it is pruned
/// in steps). What is pruned is noted in the trail itself.
struct AuditRetention {
  Duration age = std::chrono::days(365);
  std::uint64_t records = 1'000'000;
  friend bool operator==(const AuditRetention&, const AuditRetention&) = default;
};

}  // namespace jitgate
