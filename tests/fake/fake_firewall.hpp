#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "platform/firewall_backend.hpp"
#include "tests/fake/manual_clock.hpp"

namespace jitgate {

/// The firewall of one machine, as the kernel keeps it: it outlives the process, times entries out by itself (not while
/// the machine is suspended), and says what a packet would meet.
class FakeKernel {
 public:
  explicit FakeKernel(ManualClock& clock) : clock_(clock) {}

  /// What becomes of a packet that opens a connection.
  [[nodiscard]] bool admits(const AddressPrefix& source, TransportPort port) const {
    if (!locks(port) || table_->lock.deny == DenyAction::audit) return true;
    const auto covers = [&](const AddressPrefix& prefix) { return prefix.contains(source); };
    return std::ranges::any_of(table_->lock.always_allow, covers) ||
           std::ranges::any_of(table_->entries, [&](const auto& entry) {
             return entry.first.port == port && covers(entry.first.source) && entry.second > now();
           });
  }
  /// The table is there, and its deny rule covers the port now.
  [[nodiscard]] bool locks(TransportPort port) const {
    return table_ && !lifted() && std::ranges::find(table_->lock.ports, port) != table_->lock.ports.end();
  }
  [[nodiscard]] bool has_table() const { return table_.has_value(); }
  /// The table has no ports to lock: it is there for connection tracking alone.
  [[nodiscard]] bool only_tracks() const { return table_ && table_->lock.ports.empty(); }
  [[nodiscard]] std::optional<Duration> left(const AllowKey& key) const {
    if (!table_) return std::nullopt;
    const auto found = table_->entries.find(key);
    if (found == table_->entries.end() || found->second <= now()) return std::nullopt;
    return found->second - now();
  }
  [[nodiscard]] std::vector<AllowKey> open_keys() const {
    std::vector<AllowKey> keys;
    if (!table_) return keys;
    for (const auto& [key, expires] : table_->entries) {
      if (expires > now()) keys.push_back(key);
    }
    return keys;
  }

  /// The machine sleeps: boot time and wall time go on, the kernel's timers do not.
  void suspend(Duration how_long) {
    clock_.advance(how_long);
    suspended_ += how_long;
  }
  /// A reboot: nothing of the firewall is left.
  void reboot(const std::string& boot_id) {
    clock_.reboot(boot_id);
    suspended_ = {};
    table_.reset();
  }

  // Somebody else's changes; a FakeFirewall is told of them by announce().
  void flush() {
    table_.reset();
    changed_ = true;
  }
  void delete_entry(const AllowKey& key) {
    if (table_) table_->entries.erase(key);
    changed_ = true;
  }
  void edit_rules() {
    if (table_) table_->intact = false;
    changed_ = true;
  }

 private:
  friend class FakeFirewall;
  struct Table {
    Lock lock;
    std::optional<BootTime> lifts;         ///< on the kernel's clock, like the entries
    std::map<AllowKey, BootTime> entries;  ///< expiry
    bool intact = true;
  };

  [[nodiscard]] BootTime now() const { return clock_.boot_now() - suspended_; }
  [[nodiscard]] bool lifted() const { return table_->lifts && *table_->lifts <= now(); }

  ManualClock& clock_;
  Duration suspended_{};
  std::optional<Table> table_;
  bool changed_ = false;
};

/// One process's way to the kernel. Refuses what the kernel and the real backend refuse, and fails on demand.
class FakeFirewall final : public FirewallBackend {
 public:
  FakeFirewall(FakeKernel& kernel, const ManualClock& clock) : kernel_(kernel), clock_(clock) {}

  // What goes wrong.

  /// Every commit fails so until this is called with nullopt.
  void fail_commits(std::optional<Error> failure) { failure_ = std::move(failure); }
  /// No table is built or taken away so until this is called with nullopt; entries of the one that stands are changed.
  void refuse_tables(std::optional<Error> failure) { table_failure_ = std::move(failure); }
  void fail_next_commit(Error failure) { next_failures_.push_back(std::move(failure)); }
  /// Transactions that put this key are refused as a whole.
  void refuse_key(std::optional<AllowKey> key) { refused_key_ = key; }
  void fail_reads(std::optional<Error> failure) { read_failure_ = std::move(failure); }
  /// Called before every commit takes effect: what happens at exactly that moment.
  void before_commit(std::function<void(const FirewallTransaction&)> happens) { before_ = std::move(happens); }
  /// Asked before each commit takes effect, and again after it has: at true the process is dead, and nothing that it
  /// commits takes effect any more.
  void crash_when(std::function<bool()> dies) { dies_ = std::move(dies); }
  /// Events of changes are lost: nobody is told of those made so far.
  void lose_events() { kernel_.changed_ = false; }

  // What a test looks at.

  [[nodiscard]] const std::vector<FirewallTransaction>& committed() const { return committed_; }
  [[nodiscard]] std::size_t attempts() const { return attempts_; }
  void forget_history() { committed_.clear(); }

  /// What the rules of others do.
  void others(ExistingRulesReport report) { others_ = std::move(report); }

  /// Delivers what is waiting, as the event loop would.
  void announce() { drain_events(); }

  // FirewallBackend

  Result<void> commit(const FirewallTransaction& transaction) override {
    ++attempts_;
    if (dies_ && dies_()) return error(errc::firewall_failed, "the process is dead");
    if (before_) before_(transaction);
    if (auto fine = judge(transaction); !fine) return fine;
    std::visit([this](const auto& change) { apply(change); }, transaction);
    committed_.push_back(transaction);
    if (dies_) (void)dies_();
    return {};
  }

  Result<ObservedTable> read() override {
    if (read_failure_) return *read_failure_;
    ObservedTable observed;
    if (!kernel_.table_) return observed;
    observed.present = true;
    observed.static_rules_intact = installed_ && kernel_.table_->intact;
    if (!kernel_.lifted()) observed.locked = kernel_.table_->lock.ports;
    return observed;
  }

  Result<std::optional<Duration>> query(const AllowKey& key) override { return kernel_.left(key); }
  Result<DenyCounter> denied() override {
    return DenyCounter{7, 420, {{{Transport::tcp, PortNumber::from(22).value()}, 7}}};
  }
  std::uint32_t generation() override { return static_cast<std::uint32_t>(committed_.size()) + 1; }
  Result<ExistingRulesReport> existing_rules(const Lock&) override { return others_; }
  void watch(std::function<void(std::string reason)> on_change) override { on_change_ = std::move(on_change); }
  void drain_events() override {
    if (!std::exchange(kernel_.changed_, false) || !on_change_) return;
    on_change_("table changed by pid 4711");
  }
  std::string name() const override { return "fake"; }

 private:
  Result<void> judge(const FirewallTransaction& transaction) {
    if (!next_failures_.empty()) {
      Error failure = std::move(next_failures_.front());
      next_failures_.erase(next_failures_.begin());
      return failure;
    }
    if (failure_) return *failure_;
    if (table_failure_ && !std::holds_alternative<ChangeEntries>(transaction)) return *table_failure_;
    if (const auto* change = std::get_if<ChangeEntries>(&transaction)) {
      if (!installed_) return error(errc::unavailable, "the table has not been built");
      if (!kernel_.table_) return error(errc::firewall_failed, "No such file or directory");
      return judge(change->put, change->put.size() + change->close.size());
    }
    if (const auto* replace = std::get_if<ReplaceTable>(&transaction)) {
      if (!std::ranges::is_sorted(replace->lock.ports)) return error(errc::invalid_argument, "ports are not sorted");
      return judge(replace->entries, replace->entries.size());
    }
    return {};
  }
  Result<void> judge(const std::vector<AllowEntry>& put, std::size_t size) const {
    if (size > kMaxEntriesPerTransaction) return error(errc::invalid_argument, "more entries than one may hold");
    const auto refused = [this](const AllowEntry& entry) { return entry.key == refused_key_; };
    if (std::ranges::any_of(put, refused)) return error(errc::firewall_failed, "Numerical result out of range");
    return {};
  }

  void apply(const ReplaceTable& replace) {
    kernel_.table_ = FakeKernel::Table{replace.lock, std::nullopt, {}, true};
    if (replace.lock.lifts_at) kernel_.table_->lifts = expiry(*replace.lock.lifts_at);
    for (const auto& entry : replace.entries) put(entry);
    installed_ = true;
  }
  void apply(const ChangeEntries& change) {
    for (const auto& entry : change.put) put(entry);
    for (const auto& key : change.close) kernel_.table_->entries.erase(key);
  }
  void apply(const RemoveTable&) {
    kernel_.table_.reset();
    installed_ = false;
  }
  void put(const AllowEntry& entry) { kernel_.table_->entries.insert_or_assign(entry.key, expiry(entry.closes_at)); }

  /// The kernel counts whole milliseconds, never more than asked for.
  [[nodiscard]] BootTime expiry(BootTime closes_at) const {
    return kernel_.now() + std::chrono::floor<std::chrono::milliseconds>(closes_at - clock_.boot_now());
  }

  ExistingRulesReport others_;
  FakeKernel& kernel_;
  const ManualClock& clock_;
  bool installed_ = false;
  std::optional<Error> failure_;
  std::optional<Error> table_failure_;
  std::vector<Error> next_failures_;
  std::optional<AllowKey> refused_key_;
  std::optional<Error> read_failure_;
  std::function<void(const FirewallTransaction&)> before_;
  std::function<bool()> dies_;
  std::function<void(std::string)> on_change_;
  std::vector<FirewallTransaction> committed_;
  std::size_t attempts_ = 0;
};

}  // namespace jitgate
