#include "agent/model/time_window.hpp"

namespace jitgate {

Result<TimeWindow> TimeWindow::from(WallTime start, WallTime end) {
  if (start >= end) return error(errc::invalid_argument, "the end must be later than the start");
  return TimeWindow(start, end);
}

}  // namespace jitgate
