#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <optional>
#include <string>

#include "agent/control/connection_keeper.hpp"
#include "agent/control/duration_histogram.hpp"
#include "agent/reconcile/reconciler.hpp"
#include "agent/schedule/active_grants.hpp"
#include "platform/firewall_backend.hpp"

namespace jitgate {

/// Keeps the firewall equal to what is desired: sends what the reconciler says, mends what somebody else changed, and
/// raises the lock so that nothing established is cut.
class Enforcement {
 public:
  struct Hooks {
    /// Asked before a foreign change is mended: false when the locks were released on purpose (`jitgated --release`).
    std::function<bool()> may_mend;
    /// next_event() has changed outside any call of ours: a transaction of a bulk load was refused.
    std::function<void()> on_retry;
  };

  /// Everything is borrowed.
  Enforcement(boost::asio::any_io_executor executor, FirewallBackend& backend, ConnectionKeeper& keeper,
              const ActiveGrants& active, const Clock& clock, Hooks hooks);

  /// Raises this lock, or replaces the one that stands. The first time: tracking is started, and what is established is
  /// made known to it before the lock is there. The lock rises even when that fails (fail closed); the error says so.
  /// `over_open_ports`: some of its ports may have been open until now.
  [[nodiscard]] Result<void> raise(Lock lock, bool over_open_ports);
  /// What raise() does for the connections, again: for the time after it has failed.
  [[nodiscard]] Result<void> look_after_connections();
  /// Takes everything of ours away.
  void remove();
  /// These entries may have changed. The kernel has them when it returns, unless in_sync() is false then.
  void touch(const std::vector<AllowKey>& keys);
  /// Retries what was refused, when its time has come.
  void advance();
  [[nodiscard]] std::optional<BootTime> next_event() const { return reconciler_.retry_at(); }

  /// Called after a foreign change was mended (or found and left).
  void on_drift(std::function<void(const std::string& reason)> report) { on_drift_ = std::move(report); }
  void watch();

  [[nodiscard]] const Reconciler& reconciler() const { return reconciler_; }
  /// How long the kernel took for each transaction, those included that it refused.
  [[nodiscard]] const DurationHistogram& durations() const { return durations_; }
  [[nodiscard]] FirewallBackend& backend() { return backend_; }
  [[nodiscard]] bool raised() const { return reconciler_.lock().has_value(); }

 private:
  void pump();
  void step_later();
  bool step();
  bool table_is_damaged();
  void foreign_change(const std::string& reason);

  boost::asio::any_io_executor executor_;
  FirewallBackend& backend_;
  ConnectionKeeper& keeper_;
  const Clock& clock_;
  Hooks hooks_;
  std::function<void(const std::string&)> on_drift_;
  Reconciler reconciler_;
  DurationHistogram durations_;
  bool over_open_ports_ = false;  ///< what was established before the lock is not looked after yet
  bool step_posted_ = false;
};

}  // namespace jitgate
