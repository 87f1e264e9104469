#pragma once

#include <optional>
#include <string>

#include "agent/config/source_config.hpp"
#include "agent/control/status_report.hpp"
#include "agent/model/clock.hpp"

namespace jitgate {

/// When a source was last heard of, and what keeps it from being heard of. Decides when a silent one closes what it
/// granted (onSilence: {closeAfter: ...}).
class SourceContact {
 public:
  /// `last`: when an earlier run of this daemon heard of it, by the wall clock. Silence is counted from then, so that
  /// restarting does not lengthen it; from now where that is not known, or lies in the future.
  SourceContact(std::optional<Duration> close_after, std::optional<WallTime> last, const Clock& clock);

  /// Until it is heard, silence is counted anew, for the clock may have been wrong at first: it can only become longer.
  void observe(const Clock& clock);
  void heard(const Clock& clock);
  void synced(const Clock& clock) { last_sync_ = clock.wall_now(); }
  void set_problem(std::optional<std::string> problem) {
    problem_ = std::move(problem);
    heard_since_problem_ = false;
  }
  /// What the agent finds wrong with what it delivers; nullopt: nothing.
  void set_complaint(std::optional<std::string> complaint) { complaint_ = std::move(complaint); }
  void set_close_after(std::optional<Duration> close_after) { close_after_ = close_after; }

  /// It has not been heard of for so long that what it granted is closed.
  [[nodiscard]] bool silent(const Clock& clock) const;
  /// When it will be; nullopt: never, or it is already.
  [[nodiscard]] std::optional<BootTime> silent_at(const Clock& clock) const;
  /// That it was heard of is worth writing down again: often enough for the limit not to move by more than a quarter.
  [[nodiscard]] bool worth_noting() const;
  void noted() { noted_ = last_heard_; }
  [[nodiscard]] std::optional<WallTime> last_heard_wall() const { return heard_wall_; }
  [[nodiscard]] std::optional<WallTime> last_sync() const { return last_sync_; }

  /// "connecting", "ready", "unreachable", "silent".
  [[nodiscard]] SourceStatus status(const SourceConfig& source, const Clock& clock) const;

 private:
  std::optional<Duration> close_after_;
  std::optional<WallTime> last_;  ///< of an earlier run
  BootTime last_heard_;
  std::optional<BootTime> noted_;
  std::optional<WallTime> heard_wall_;  ///< in this run
  std::optional<WallTime> last_sync_;
  std::optional<std::string> problem_;
  bool heard_since_problem_ = false;  ///< then it keeps something from being taken, but not the source from being heard
  std::optional<std::string> complaint_;
};

}  // namespace jitgate
