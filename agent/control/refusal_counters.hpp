#pragma once

#include "agent/control/status_report.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// How often callers were refused since the daemon started, and why. The words are the program's own, so there are few
/// of them whatever callers send; what has not happened yet is there with 0.
class RefusalCounters {
 public:
  RefusalCounters();

  /// Counted once by its code, and, where it is against the policy, once for every rule that it violates.
  void add(const Error& why);
  /// Of those added: one that the audit does not have.
  void add_unrecorded() { ++totals_.unrecorded; }

  [[nodiscard]] const RefusalTotals& totals() const { return totals_; }

 private:
  RefusalTotals totals_;
};

}  // namespace jitgate
