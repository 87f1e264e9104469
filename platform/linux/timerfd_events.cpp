#include "platform/linux/timerfd_events.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <limits>

namespace jitgate {
namespace {

namespace asio = boost::asio;

asio::posix::stream_descriptor make_timer(asio::io_context& context, clockid_t clock) {
  const int timer = ::timerfd_create(clock, TFD_NONBLOCK | TFD_CLOEXEC);
  if (timer < 0) throw boost::system::system_error(errno, boost::system::system_category(), "timerfd_create");
  return asio::posix::stream_descriptor(context, timer);
}

/// False: it is armed, and the clock was set since it was last read (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET).
bool arm(int timer, int flags, timespec when) {
  const itimerspec spec{{0, 0}, when};
  if (::timerfd_settime(timer, flags, &spec, nullptr) == 0) return true;
  if (errno == ECANCELED) return false;
  throw boost::system::system_error(errno, boost::system::system_category(), "timerfd_settime");
}

class TimerfdEvents final : public TimeEvents {
 public:
  explicit TimerfdEvents(asio::io_context& context)
      : boot_timer_(make_timer(context, CLOCK_BOOTTIME)), clock_watch_(make_timer(context, CLOCK_REALTIME)) {}

  void watch(std::function<void()> on_wake, std::function<void()> on_clock_set) override {
    on_wake_ = std::move(on_wake);
    on_clock_set_ = std::move(on_clock_set);
    (void)watch_clock();  // set before now is of no interest
    await_wake();
    await_clock_set();
  }

  void wake_at(std::optional<BootTime> time) override {
    if (time == wake_at_) return;
    wake_at_ = time;
    if (!time) return (void)arm(boot_timer_.native_handle(), 0, {});
    // Zero would disarm; a time that is past fires at once.
    const auto since_boot = std::max(time->time_since_epoch(), Duration(1));
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since_boot);
    (void)arm(boot_timer_.native_handle(), TFD_TIMER_ABSTIME, {seconds.count(), (since_boot - seconds).count()});
  }

 private:
  [[nodiscard]] bool watch_clock() {
    // As far away as the kernel's nanoseconds reach (the year 2262): only the cancellation is of interest.
    return arm(clock_watch_.native_handle(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET,
               {std::chrono::floor<std::chrono::seconds>(Duration::max()).count(), 0});
  }

  void await_wake() {
    boot_timer_.async_wait(asio::posix::descriptor_base::wait_read, [this](boost::system::error_code failed) {
      if (failed) return;
      std::uint64_t expirations = 0;
      const bool fired = ::read(boot_timer_.native_handle(), &expirations, sizeof expirations) > 0;
      await_wake();
      if (!fired) return;
      wake_at_.reset();
      on_wake_();
    });
  }

  void await_clock_set() {
    clock_watch_.async_wait(asio::posix::descriptor_base::wait_read, [this](boost::system::error_code failed) {
      if (failed) return;
      std::uint64_t expirations = 0;
      const bool cancelled =
          ::read(clock_watch_.native_handle(), &expirations, sizeof expirations) < 0 && errno == ECANCELED;
      const bool set_again = !watch_clock();
      await_clock_set();
      if (cancelled || set_again) on_clock_set_();
    });
  }

  asio::posix::stream_descriptor boot_timer_;
  asio::posix::stream_descriptor clock_watch_;
  std::optional<BootTime> wake_at_;
  std::function<void()> on_wake_;
  std::function<void()> on_clock_set_;
};

}  // namespace

std::unique_ptr<TimeEvents> make_timerfd_events(asio::io_context& context) {
  return std::make_unique<TimerfdEvents>(context);
}

}  // namespace jitgate
