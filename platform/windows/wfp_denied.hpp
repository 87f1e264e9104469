#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "platform/firewall_backend.hpp"
#include "platform/windows/wfp_watch.hpp"

namespace jitgate::wfp {

/// Sums up what the filters of our locks denied, over locks that are built anew: a filter that is made again has
/// another id, and what the old one denied still counts. Attempts, not packets, and no bytes.
class DeniedTotals {
 public:
  [[nodiscard]] Result<void> start(Engine& engine);
  void stop();
  /// The lock's filters from now on.
  void observe(std::map<std::uint64_t, TransportPort> ports);
  [[nodiscard]] DenyCounter totals();

 private:
  void take();

  std::unique_ptr<DenialCounter> counter_;
  std::map<std::uint64_t, TransportPort> ports_;
  std::map<std::uint64_t, std::uint64_t> seen_;  ///< of counter_
  DenyCounter totals_;
};

}  // namespace jitgate::wfp
