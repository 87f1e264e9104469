#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "platform/windows/wfp_dynamic.hpp"

namespace jitgate::wfp {

/// The filters that stop established flows, in a dynamic session of their own: they outlive the grants', not the
/// process. What an engine that was restarted has lost is put back by restore().
class Cuts {
 public:
  /// `probe_period`: how often the engine is asked whether they stand. `on_lost` comes from a thread of this object;
  /// `clock` is asked from it too, and outlives the object.
  Cuts(const Clock& clock, Duration probe_period, std::function<void(std::string reason)> on_lost);

  /// After an error none of them may stand: complete() tells, restore() puts them back.
  [[nodiscard]] Result<void> make(const std::vector<TimedFilter>& cuts);
  [[nodiscard]] Result<void> restore();
  /// Every cut that is not over stands.
  [[nodiscard]] bool complete();
  [[nodiscard]] bool holds(const Guid& key) { return filters_.holds(key); }
  /// Removes them until they are restored.
  void stand_down() { filters_.close(); }
  /// Removes and forgets them.
  void close();

 private:
  void forget_what_is_over();

  const Clock& clock_;
  std::map<Guid, TimedFilter> made_;  ///< asked for, and not over
  DynamicFilters filters_;
};

}  // namespace jitgate::wfp
