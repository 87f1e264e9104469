#pragma once

#include <functional>
#include <vector>

#include "agent/audit/audit_chain.hpp"

namespace jitgate {

/// Who is told what the store did. Called on the store's thread, which waits meanwhile.
struct StoreObserver {
  /// The audit records of a transaction, once they are durable and before those who wait for it are told.
  std::function<void(const std::vector<AuditRecord>&)> recorded;
  /// The audit trail could not be pruned; told once, and again after it could.
  std::function<void(const Error&)> not_pruned;
};

}  // namespace jitgate
