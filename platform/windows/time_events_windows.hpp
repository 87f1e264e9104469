#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "platform/time_events.hpp"

namespace jitgate {

/// A waitable timer on the interrupt time. Windows tells only a service (SERVICE_CONTROL_TIMECHANGE,
/// SERVICE_CONTROL_POWEREVENT) that the clock was set or the machine resumed; whoever is told passes it on. Without
/// that it is found every five seconds, by the wall clock and the boot clock having parted by half a second, or by
/// sleep that was not counted before.
class WindowsTimeEvents : public TimeEvents {
 public:
  /// The clock was set, or the machine resumed: as the service manager says. On the event loop's thread.
  virtual void clock_was_set() = 0;
};

/// How often the clock is looked at.
inline constexpr Duration kLookAtClock = std::chrono::seconds(5);

/// By the system's clocks, as make_system_clock() has them, and throwing as that does; or by `clock`, which outlives
/// it. Throws boost::system::system_error when the timer cannot be made.
[[nodiscard]] std::unique_ptr<WindowsTimeEvents> make_windows_time_events(boost::asio::io_context& context);
[[nodiscard]] std::unique_ptr<WindowsTimeEvents> make_windows_time_events(boost::asio::io_context& context,
                                                                          const Clock& clock,
                                                                          Duration look_every = kLookAtClock);

}  // namespace jitgate
