#pragma once

#include "agent/model/clock.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// [start, end) in UTC with start < end: a reversed or empty window cannot be held.
class TimeWindow {
 public:
  [[nodiscard]] static Result<TimeWindow> from(WallTime start, WallTime end);
  [[nodiscard]] WallTime start() const { return start_; }
  [[nodiscard]] WallTime end() const { return end_; }
  [[nodiscard]] Duration length() const { return end_ - start_; }
  [[nodiscard]] bool contains(WallTime time) const { return start_ <= time && time < end_; }
  friend bool operator==(const TimeWindow&, const TimeWindow&) = default;

 private:
  TimeWindow(WallTime start, WallTime end) : start_(start), end_(end) {}
  WallTime start_;
  WallTime end_;
};

}  // namespace jitgate
