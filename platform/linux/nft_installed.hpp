#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <vector>

#include "agent/model/ruleset.hpp"
#include "platform/firewall_backend.hpp"
#include "platform/linux/nft_element.hpp"

namespace jitgate::nft {

/// What the kernel acknowledged of our table, so that each change writes only what it must. Entries that have expired
/// since may still be listed. put() records at once; the transaction's fate then decides between accepted() and
/// refused().
class Installed {
 public:
  explicit Installed(Lock lock) : lock_(std::move(lock)) {}

  [[nodiscard]] const Lock& lock() const { return lock_; }
  [[nodiscard]] const std::vector<AllowSet>& sets() const { return sets_; }  ///< in the order of their rules

  /// Writes the entry into `batch`, through `writer`, which writes to the same batch; the first of its kind with set
  /// and rules. One that is (almost) over is closed. `assume_present`: elements that are not on record may be there.
  void put(Batch& batch, ElementWriter& writer, const AllowEntry& entry, BootTime now, bool assume_present);
  /// Locks the ports; one that the kernel is to lift, and would have by now, is left out.
  void lock_ports(ElementWriter& writer, BootTime now) const;
  /// Afterwards there is no such entry.
  void close(ElementWriter& writer, const AllowKey& key) const;

  /// The kernel took everything since the last of these two calls; of a ReplaceTable, nothing has to be noted.
  void accepted() { forget_pending(); }
  void accepted(const ChangeEntries& change, BootTime now);
  /// It took nothing.
  void refused();

 private:
  [[nodiscard]] bool has(const AllowSet& set) const;
  void forget_pending();
  void prune(BootTime now);

  Lock lock_;
  std::vector<AllowSet> sets_;
  boost::unordered_flat_map<AllowKey, BootTime, AllowKeyHash> entries_;
  std::size_t prune_above_ = 1024;
  std::vector<AllowKey> pending_keys_;  ///< recorded by the transaction under way
  std::vector<AllowSet> pending_sets_;
};

}  // namespace jitgate::nft
