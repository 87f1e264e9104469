#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "platform/time_events.hpp"

namespace jitgate {

/// timerfd_create(2): CLOCK_BOOTTIME for waking (suspended time counts), CLOCK_REALTIME with TFD_TIMER_CANCEL_ON_SET
/// for clock steps and resume. No wake-up while nothing is due. Throws boost::system::system_error when the timers
/// cannot be made.
[[nodiscard]] std::unique_ptr<TimeEvents> make_timerfd_events(boost::asio::io_context& context);

}  // namespace jitgate
