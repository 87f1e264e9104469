#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "agent/audit/audit_event.hpp"

namespace jitgate {

/// How often each kind of decision was made since the daemon started: by the audit's operation and outcome.
class EventCounters {
 public:
  using Counts = std::map<std::pair<std::string, std::string>, std::uint64_t>;

  void add(const AuditEvent& event) { ++counts_[{event.operation, event.outcome}]; }
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  Counts counts_;
};

}  // namespace jitgate
