#include "agent/control/enforcement.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <variant>

namespace jitgate {

Enforcement::Enforcement(boost::asio::any_io_executor executor, FirewallBackend& backend, ConnectionKeeper& keeper,
                         const ActiveGrants& active, const Clock& clock, Hooks hooks)
    : executor_(std::move(executor)),
      backend_(backend),
      keeper_(keeper),
      clock_(clock),
      hooks_(std::move(hooks)),
      reconciler_({[&active] { return active.open_keys(); },
                   [&active](const AllowKey& key) { return active.open_until(key); }}) {}

Result<void> Enforcement::raise(Lock lock, bool over_open_ports) {
  // Whoever is still to be looked after is not forgotten because the lock changes again.
  over_open_ports_ = over_open_ports_ || over_open_ports;
  auto kept = look_after_connections();
  reconciler_.want_lock(std::move(lock));
  pump();
  return kept;
}

Result<void> Enforcement::look_after_connections() {
  if (!over_open_ports_) return keeper_.mend();
  // A lock without ports starts connection tracking and denies nothing. Replacing a standing lock by it would open a
  // gap, so it is only for a table that is not there.
  const auto observed = backend_.read();
  if (observed && !observed->present) {
    if (auto tracking = backend_.commit(ReplaceTable{Lock{}, {}}); !tracking) return tracking;
  }
  auto kept = keeper_.protect_existing();
  if (kept) over_open_ports_ = false;
  return kept;
}

void Enforcement::remove() {
  over_open_ports_ = false;
  reconciler_.want_nothing();
  pump();
}

void Enforcement::touch(const std::vector<AllowKey>& keys) {
  if (keys.empty()) return;
  reconciler_.touch(keys);
  pump();
}

void Enforcement::advance() {
  if (reconciler_.retry_at()) pump();
}

/// One transaction now; the rest of a bulk load in later turns of the event loop, so that what arrives meanwhile goes
/// first.
void Enforcement::pump() {
  if (step()) step_later();
}

void Enforcement::step_later() {
  if (step_posted_) return;
  step_posted_ = true;
  boost::asio::post(executor_, [this] {
    step_posted_ = false;
    pump();
    if (next_event()) hooks_.on_retry();
  });
}

/// Returns true when there is more to send.
bool Enforcement::step() {
  const auto begun = clock_.boot_now();
  const auto transaction = reconciler_.next(begun);
  if (!transaction) return false;
  const auto committed = backend_.commit(*transaction);
  durations_.add(clock_.boot_now() - begun);
  if (committed) {
    reconciler_.succeeded();
    return !reconciler_.in_sync();
  }
  spdlog::error("the firewall refused a change, trying again: {}", describe(committed.error()));
  reconciler_.failed(committed.error(), clock_.boot_now());
  // An event may have been lost: changes to a table that is gone or altered can be repeated for ever.
  if (!std::holds_alternative<ChangeEntries>(*transaction) || !table_is_damaged()) return false;
  reconciler_.foreign_change();
  return true;
}

bool Enforcement::table_is_damaged() {
  if (!hooks_.may_mend()) return false;
  const auto observed = backend_.read();
  return observed && !(observed->present && observed->static_rules_intact);
}

void Enforcement::watch() {
  backend_.watch([this](const std::string& reason) { foreign_change(reason); });
}

void Enforcement::foreign_change(const std::string& reason) {
  if (!hooks_.may_mend()) {
    spdlog::warn("the table was changed from outside ({}) and is left so: the locks are released", reason);
  } else {
    spdlog::warn("the table was changed from outside ({}): building it anew", reason);
    // First the hole, then what it may have cost: whoever was established keeps its connection.
    reconciler_.foreign_change();
    pump();
    const auto kept = keeper_.mend();
    if (!kept) spdlog::error("established connections could not be looked after: {}", describe(kept.error()));
  }
  if (on_drift_) on_drift_(reason);
}

}  // namespace jitgate
