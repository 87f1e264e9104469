#pragma once

#include <map>
#include <optional>
#include <string>

#include "agent/reconcile/reconciler.hpp"
#include "tests/fake/fake_firewall.hpp"
#include "tests/fake/grant_builder.hpp"

namespace jitgate {

/// A reconciler in front of a fake kernel, with what is desired in a plain map.
class ReconcilerRig {
 public:
  ReconcilerRig()
      : reconciler_({[this] {
                       std::vector<AllowKey> keys;
                       for (const auto& [key, until] : desired_) keys.push_back(key);
                       return keys;
                     },
                     [this](const AllowKey& key) -> std::optional<BootTime> {
                       const auto found = desired_.find(key);
                       return found == desired_.end() ? std::nullopt : std::optional(found->second);
                     }}) {}

  static Lock lock() { return {{tcp(22), tcp(23)}, {}, DenyAction::drop, std::nullopt}; }
  static AllowKey key(int number) {
    return tcp_key("10." + std::to_string(number / 65536) + "." + std::to_string(number / 256 % 256) + "." +
                       std::to_string(number % 256),
                   22);
  }

  void want(const AllowKey& key, Duration length) { desired_.insert_or_assign(key, clock_.boot_now() + length); }
  void open(const AllowKey& key, Duration length = std::chrono::hours(1)) {
    want(key, length);
    reconciler_.touch({key});
  }
  void close(const AllowKey& key) {
    desired_.erase(key);
    reconciler_.touch({key});
  }
  /// One transaction. False when there is none to send now.
  bool step() {
    const auto transaction = reconciler_.next(clock_.boot_now());
    if (!transaction) return false;
    const auto committed = firewall_.commit(*transaction);
    if (committed)
      reconciler_.succeeded();
    else
      reconciler_.failed(committed.error(), clock_.boot_now());
    return true;
  }
  void run() {
    while (step()) {
    }
  }
  /// Time passes up to each retry until nothing is left to do.
  void settle(int retries = 1'000) {
    run();
    for (int i = 0; i < retries && reconciler_.retry_at(); ++i) {
      if (*reconciler_.retry_at() > clock_.boot_now()) clock_.advance(*reconciler_.retry_at() - clock_.boot_now());
      run();
    }
  }
  /// The kernel holds exactly what is desired.
  [[nodiscard]] bool equal() const {
    if (!reconciler_.lock()) return !kernel_.has_table();
    if (!kernel_.locks(tcp(22))) return false;
    std::map<AllowKey, Duration> wanted;
    for (const auto& [key, until] : desired_) {
      if (until > clock_.boot_now()) wanted.emplace(key, until - clock_.boot_now());
    }
    std::map<AllowKey, Duration> held;
    for (const auto& key : kernel_.open_keys()) held.emplace(key, *kernel_.left(key));
    return wanted == held;
  }

  ManualClock clock_;
  FakeKernel kernel_{clock_};
  FakeFirewall firewall_{kernel_, clock_};
  std::map<AllowKey, BootTime> desired_;
  Reconciler reconciler_;
};

}  // namespace jitgate
