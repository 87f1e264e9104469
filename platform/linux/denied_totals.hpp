#pragma once

#include "platform/firewall_backend.hpp"

namespace jitgate::nft {

/// Adds up what tables counted that took each other's place, so that the sum never goes back. Pure.
class DeniedTotals {
 public:
  /// What the table that stands has counted by now; all zero when none stands.
  void observe(const DenyCounter& counted) {
    // Less than before: somebody put another table there, or began its counters anew.
    if (counted.packets < seen_.packets) table_ended();
    seen_ = counted;
  }

  /// The table that was observed is gone; the next one begins at zero.
  void table_ended() {
    add(before_, seen_);
    seen_ = {};
  }

  [[nodiscard]] DenyCounter totals() const {
    DenyCounter sum = before_;
    add(sum, seen_);
    return sum;
  }

 private:
  static void add(DenyCounter& to, const DenyCounter& counted) {
    to.packets += counted.packets;
    to.bytes += counted.bytes;
    for (const auto& [port, packets] : counted.ports) to.ports[port] += packets;
  }

  DenyCounter before_;  ///< of tables that are gone
  DenyCounter seen_;    ///< of the one that stands
};

}  // namespace jitgate::nft
