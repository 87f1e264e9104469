// Locks on and off: enable, disable.
#include <spdlog/spdlog.h>

#include "agent/control/audit_events.hpp"
#include "agent/control/local_agent.hpp"
#include "agent/model/duration.hpp"
#include "agent/model/timestamp.hpp"

namespace jitgate {

using boost::asio::awaitable;

/// Tracking starts for all traffic with the first ct rule; a table that is too small for it drops new connections of
/// every kind.
Result<void> LocalAgent::check_tracking_capacity() const {
  const auto load = keeper_.load();
  if (!load) return load.error();
  if (load->maximum == 0) return {};
  const auto expected = std::max(load->tracked, load->established);
  if (expected <= load->maximum / 2) return {};
  return error(errc::refused, "connection tracking would hold " + std::to_string(expected) + " of at most " +
                                  std::to_string(load->maximum) + " connections: raise net.netfilter.nf_conntrack_max");
}

/// Locks that come up by themselves, or by force, come up all the same: too little room is said then, and in the
/// status.
void LocalAgent::note_tracking_capacity() {
  const auto room = check_tracking_capacity();
  const bool was_told = tracking_problem_.has_value();
  const bool too_small = !room && room.error().code == errc::refused;
  tracking_problem_ = too_small ? std::optional(room.error().message) : std::nullopt;
  if (too_small && !was_told) spdlog::warn("{}", *tracking_problem_);
}

Result<void> LocalAgent::confirm_trial() {
  if (!activation_.trial_runs())
    return error(errc::conflict, "no trial is running: its time may be over, and the locks gone again");
  auto remembered = activation_.enable();
  raise(false);
  return activated(remembered);
}

/// How an activation went, once the lock was sent.
Result<void> LocalAgent::activated(const Result<void>& remembered) const {
  if (!remembered) {
    return error(errc::system_failed,
                 "the locks are up now, but this is not remembered over a restart: " + describe(remembered.error()));
  }
  if (const auto& refused = enforcement_.reconciler().last_error()) {
    return error(errc::firewall_failed, "the locks could not be raised yet (it is retried): " + describe(*refused));
  }
  return {};
}

Result<void> LocalAgent::activate(const EnableOptions& options) {
  const bool up = enforcement_.raised() && activation_.wanted();
  if (up && options.confirm_within && activation_.enabled()) {
    return error(errc::conflict, "the locks are up already: a trial would take them away at its end");
  }
  if (!up && !options.force) {
    if (auto room = check_tracking_capacity(); !room) {
      Error too_small = room.error();
      too_small.message += ", or use --force";
      return too_small;
    }
  }
  const auto released = activation_.enabled() ? activation_.released_until() : std::nullopt;
  const auto remembered = options.confirm_within
                              ? activation_.start_trial(parts_.clock.boot_now() + *options.confirm_within)
                              : activation_.enable();
  if (!activation_.wanted() || (!remembered && options.confirm_within)) {
    // A trial that could not begin may still have ended a release: then the locks are due.
    follow_activation("jitgate enable");
    return remembered;
  }
  if (up && *enforcement_.reconciler().lock() == lock()) return activated(remembered);
  raise(!up);
  if (up || options.force || !connections_problem_) return activated(remembered);
  const auto problem = *connections_problem_;
  lower();
  // As it was: a release that was to end by itself does not become a permanent end.
  auto off = released ? activation_.release(*released) : activation_.disable();
  return error(errc::system_failed, "established connections would have been cut, so the locks are down again: " +
                                        problem + (off ? "" : "; " + describe(off.error())));
}

awaitable<Result<void>> LocalAgent::enable(Caller caller, EnableOptions options) {
  const bool was_up = enforcement_.raised();
  if (options.accept_clock) accept_clock(caller);
  auto done = options.confirmed ? confirm_trial() : activate(options);
  const auto trial = options.confirm_within ? "trial of " + to_iso_duration(*options.confirm_within) : std::string{};
  if (done || enforcement_.raised() != was_up) {
    record_event(event(now(), "lock.enable", caller, trial, done ? std::string{} : describe(done.error())));
  } else {
    record_refusal(caller, "lock.enable", done.error());
  }
  sources_.resync();
  rearm();
  co_return done;
}

void LocalAgent::accept_clock(const Caller& caller) {
  guard_.accept(now());
  record_event(event(now(), "clock.accept", caller, to_string(now())));
  book_.advance();
}

/// How a deactivation went, once it was sent.
Result<void> LocalAgent::lowered(const Result<void>& remembered) const {
  if (!remembered) {
    return error(errc::system_failed,
                 "the locks are gone now, but will be back after a restart: " + describe(remembered.error()));
  }
  if (const auto& refused = enforcement_.reconciler().last_error()) {
    return error(errc::firewall_failed, "the locks could not be taken away yet (it is retried): " + describe(*refused));
  }
  return {};
}

awaitable<Result<void>> LocalAgent::disable(Caller caller) {
  const auto remembered = activation_.disable();
  lower();
  const auto done = lowered(remembered);
  record_event(event(now(), "lock.disable", caller, std::string{}, done ? std::string{} : describe(done.error())));
  rearm();
  co_return done;
}

}  // namespace jitgate
