#include "agent/control/source_contact.hpp"

#include <algorithm>

namespace jitgate {

SourceContact::SourceContact(std::optional<Duration> close_after, std::optional<WallTime> last, const Clock& clock)
    : close_after_(close_after), last_(last), last_heard_(clock.boot_now()) {
  observe(clock);
}

void SourceContact::observe(const Clock& clock) {
  if (heard_wall_ || !last_) return;
  last_heard_ = std::min(last_heard_, clock.boot_now() - (clock.wall_now() - *last_));
}

void SourceContact::heard(const Clock& clock) {
  last_heard_ = clock.boot_now();
  heard_wall_ = clock.wall_now();
  heard_since_problem_ = true;
}

bool SourceContact::silent(const Clock& clock) const {
  return close_after_ && clock.boot_now() - last_heard_ >= *close_after_;
}

std::optional<BootTime> SourceContact::silent_at(const Clock& clock) const {
  if (!close_after_ || silent(clock)) return std::nullopt;
  return last_heard_ + *close_after_;
}

bool SourceContact::worth_noting() const {
  return close_after_ && heard_wall_ && (!noted_ || last_heard_ - *noted_ >= *close_after_ / 4);
}

SourceStatus SourceContact::status(const SourceConfig& source, const Clock& clock) const {
  SourceStatus status{source.name, type_of(source), "ready", last_sync_, problem_ ? problem_ : complaint_};
  status.lag = clock.boot_now() - last_heard_;
  if (silent(clock)) {
    status.state = "silent";
  } else if (problem_ && !heard_since_problem_) {
    status.state = "unreachable";
  } else if (!last_sync_) {
    status.state = "connecting";
  }
  return status;
}

}  // namespace jitgate
