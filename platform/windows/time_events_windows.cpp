#include "platform/windows/time_events_windows.hpp"

#include <algorithm>
#include <boost/asio/windows/object_handle.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>

#include "platform/system_clock.hpp"

namespace jitgate {
namespace {

namespace asio = boost::asio;
using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;

/// A time service that is slightly off adjusts the rate of the clock by far less than this in five seconds.
constexpr Duration kStep = std::chrono::milliseconds(500);

[[noreturn]] void fail(const char* what) {
  throw boost::system::system_error(static_cast<int>(::GetLastError()), boost::system::system_category(), what);
}

/// Fires to the millisecond where Windows can (10, version 1803), else to the tick of its clock, 15.6 ms.
HANDLE make_timer() {
  constexpr DWORD kHighResolution = 2;  // CREATE_WAITABLE_TIMER_HIGH_RESOLUTION
  HANDLE timer = ::CreateWaitableTimerExW(nullptr, nullptr, kHighResolution, TIMER_ALL_ACCESS);
  if (timer == nullptr) timer = ::CreateWaitableTimerExW(nullptr, nullptr, 0, TIMER_ALL_ACCESS);
  if (timer == nullptr) fail("CreateWaitableTimerEx");
  return timer;
}

/// Time awake since the boot: what the boot clock has beyond it was slept.
Duration awake() {
  ULONGLONG ticks = 0;
  ::QueryUnbiasedInterruptTime(&ticks);
  return Ticks(static_cast<std::int64_t>(ticks));
}

class WaitableTimerEvents final : public WindowsTimeEvents {
 public:
  WaitableTimerEvents(asio::io_context& context, const Clock& clock, Duration look_every)
      : clock_(clock), look_every_(look_every), timer_(context, make_timer()) {}
  WaitableTimerEvents(asio::io_context& context, std::unique_ptr<Clock> own)
      : own_(std::move(own)), clock_(*own_), look_every_(kLookAtClock), timer_(context, make_timer()) {}

  void watch(std::function<void()> on_wake, std::function<void()> on_clock_set) override {
    on_wake_ = std::move(on_wake);
    on_clock_set_ = std::move(on_clock_set);
    remember_clock();
    arm();
    await_timer();
  }

  void wake_at(std::optional<BootTime> time) override {
    wake_at_ = time;
    arm();
  }

  void clock_was_set() override {
    remember_clock();
    arm();  // a relative time does not go on while the machine sleeps
    on_clock_set_();
  }

 private:
  void remember_clock() {
    const BootTime boot = clock_.boot_now();
    apart_ = clock_.wall_now().time_since_epoch() - boot.time_since_epoch();
    asleep_ = boot.time_since_epoch() - awake();
  }

  /// The interrupt times are read one after the other, and the precise one is ahead by up to a tick.
  bool clock_has_jumped() const {
    const Duration boot = clock_.boot_now().time_since_epoch();
    const Duration apart = clock_.wall_now().time_since_epoch() - boot;
    return std::chrono::abs(apart - apart_) > kStep || boot - awake() - asleep_ > kStep;
  }

  void arm() {
    Duration wait = look_every_;
    if (wake_at_) wait = std::clamp(*wake_at_ - clock_.boot_now(), Duration(0), wait);
    LARGE_INTEGER due{};
    due.QuadPart = -std::max<std::int64_t>(std::chrono::ceil<Ticks>(wait).count(), 1);  // relative
    if (::SetWaitableTimer(timer_.native_handle(), &due, 0, nullptr, nullptr, FALSE) == 0) fail("SetWaitableTimer");
  }

  void await_timer() {
    timer_.async_wait([this](boost::system::error_code failed) {
      if (failed) return;
      await_timer();
      look();
    });
  }

  void look() {
    const bool due = wake_at_ && clock_.boot_now() >= *wake_at_;
    if (due) wake_at_.reset();
    arm();
    if (clock_has_jumped()) {
      remember_clock();
      on_clock_set_();
    }
    if (due) on_wake_();
  }

  std::unique_ptr<Clock> own_;
  const Clock& clock_;
  Duration look_every_;
  asio::windows::object_handle timer_;
  std::optional<BootTime> wake_at_;
  Duration apart_{};   ///< of the wall clock from the boot clock
  Duration asleep_{};  ///< since the boot
  std::function<void()> on_wake_;
  std::function<void()> on_clock_set_;
};

}  // namespace

std::unique_ptr<WindowsTimeEvents> make_windows_time_events(asio::io_context& context) {
  return std::make_unique<WaitableTimerEvents>(context, make_system_clock());
}

std::unique_ptr<WindowsTimeEvents> make_windows_time_events(asio::io_context& context, const Clock& clock,
                                                            Duration look_every) {
  return std::make_unique<WaitableTimerEvents>(context, clock, look_every);
}

}  // namespace jitgate
