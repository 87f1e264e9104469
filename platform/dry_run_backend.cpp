#include "platform/dry_run_backend.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

namespace jitgate {
namespace {

class DryRunBackend final : public FirewallBackend {
 public:
  explicit DryRunBackend(const Clock& clock) : clock_(clock) {}

  Result<void> commit(const FirewallTransaction& transaction) override {
    std::visit([this](const auto& change) { take(change); }, transaction);
    return {};
  }
  Result<ObservedTable> read() override {
    ObservedTable table;
    table.present = lock_.has_value();
    table.static_rules_intact = table.present;
    if (lock_) table.locked = lock_->ports;
    return table;
  }
  Result<std::optional<Duration>> query(const AllowKey& key) override {
    const auto found = entries_.find(key);
    if (found == entries_.end() || found->second <= clock_.boot_now()) return std::optional<Duration>{};
    return std::optional<Duration>(found->second - clock_.boot_now());
  }
  Result<DenyCounter> denied() override { return DenyCounter{}; }
  void watch(std::function<void(std::string)>) override {}
  void drain_events() override {}
  std::string name() const override { return "none"; }
  bool enforces() const override { return false; }

 private:
  void take(const ReplaceTable& change) {
    lock_ = change.lock;
    entries_.clear();
    for (const auto& entry : change.entries) entries_.insert_or_assign(entry.key, entry.closes_at);
  }
  void take(const ChangeEntries& change) {
    for (const auto& entry : change.put) entries_.insert_or_assign(entry.key, entry.closes_at);
    for (const auto& key : change.close) entries_.erase(key);
  }
  void take(const RemoveTable&) {
    lock_.reset();
    entries_.clear();
  }

  const Clock& clock_;
  std::optional<Lock> lock_;
  boost::unordered_flat_map<AllowKey, BootTime, AllowKeyHash> entries_;
};

}  // namespace

std::unique_ptr<FirewallBackend> make_dry_run_backend(const Clock& clock) {
  return std::make_unique<DryRunBackend>(clock);
}

}  // namespace jitgate
