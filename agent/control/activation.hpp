#pragma once

#include <optional>
#include <string>

#include "agent/control/boot_file.hpp"
#include "agent/control/release_marker.hpp"
#include "agent/model/clock.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// Whether the locks are wanted at all. `jitgate disable` is remembered in a file of its own, `disabled` in the state
/// directory, which can be read before, and without, the database.
class Activation {
 public:
  /// `boot_directory` is BootFile's.
  Activation(const std::string& state_directory, const std::string& runtime_directory, const Clock& clock,
             const std::string& boot_directory = {});

  /// Locks are to stand now. A trial whose time is over counts no more: the kernel has lifted its lock by itself.
  [[nodiscard]] bool wanted() const { return (enabled_ || trial_runs()) && !released_until(); }
  [[nodiscard]] bool enabled() const { return enabled_; }
  [[nodiscard]] bool trial_runs() const { return trial_ends_ && *trial_ends_ > clock_.boot_now(); }
  [[nodiscard]] std::optional<BootTime> trial_ends() const { return trial_ends_; }
  [[nodiscard]] std::optional<BootTime> released_until() const { return release_.until(); }

  /// Permanently on; ends a trial and a release. An error: it holds for now, but not over a restart.
  [[nodiscard]] Result<void> enable();
  /// Permanently off. An error: it holds for now, but not over a restart.
  [[nodiscard]] Result<void> disable();
  /// On, but released until then, as `jitgated --release` does it; ends a trial. An error: not all of it is remembered.
  [[nodiscard]] Result<void> release(BootTime until);
  /// On until `ends`; then off unless enable() comes first. Remembered as off: a crash during the trial must not end
  /// with locks that nobody confirmed. An error: no trial has begun (a release may have ended).
  [[nodiscard]] Result<void> start_trial(BootTime ends);
  /// The trial's time is over: off. Returns false when none has ended.
  bool end_trial();
  /// Follows a release that somebody started or that ended since the last call. True: wanted() may have changed.
  bool release_changed();
  [[nodiscard]] std::optional<BootTime> next_event() const;
  /// For what changed while the copy in the boot directory could not follow.
  void align_copy() const;

 private:
  BootFile disabled_file_;
  ReleaseMarker release_;
  const Clock& clock_;
  bool enabled_;
  bool was_released_;
  std::optional<BootTime> trial_ends_;
};

}  // namespace jitgate
