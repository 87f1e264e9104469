#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <utility>

#include "platform/time_events.hpp"
#include "tests/fake/manual_clock.hpp"

namespace jitgate {

/// Time as a test wants it: it passes only in advance_to() and advance(), and every wake that falls due on the way
/// fires at its time.
class FakeTimeEvents final : public TimeEvents {
 public:
  /// `settle` is run after every callback and before time goes on: the event loop's other work (io.poll()).
  FakeTimeEvents(ManualClock& clock, std::function<void()> settle) : clock_(clock), settle_(std::move(settle)) {}

  void watch(std::function<void()> on_wake, std::function<void()> on_clock_set) override {
    on_wake_ = std::move(on_wake);
    on_clock_set_ = std::move(on_clock_set);
  }
  void wake_at(std::optional<BootTime> time) override { wake_at_ = time; }

  [[nodiscard]] std::optional<BootTime> next_wake() const { return wake_at_; }
  [[nodiscard]] std::size_t wakes() const { return wakes_; }

  void advance(Duration by) { advance_to(clock_.boot_now() + by); }

  /// Both clocks go on to `time`. A wake that is asked for over and over without time going on is a daemon that spins:
  /// it throws.
  void advance_to(BootTime time) {
    settle_();
    int at_once = 0;
    while (wake_at_ && *wake_at_ <= time) {
      const auto left = *wake_at_ - clock_.boot_now();
      if (left > Duration::zero()) {
        clock_.advance(left);
        at_once = 0;
      } else if (++at_once > kSpins) {
        throw std::logic_error("wakes again and again without time going on");
      }
      fire();
    }
    if (time > clock_.boot_now()) clock_.advance(time - clock_.boot_now());
    settle_();
  }

  /// Somebody set the wall clock; the daemon is told.
  void step_wall(Duration by) {
    clock_.advance_wall(by);
    announce_clock_set();
  }
  void announce_clock_set() {
    if (on_clock_set_) on_clock_set_();
    settle_();
  }

 private:
  static constexpr int kSpins = 1'000;

  void fire() {
    wake_at_.reset();
    ++wakes_;
    if (on_wake_) on_wake_();
    settle_();
  }

  ManualClock& clock_;
  std::function<void()> settle_;
  std::function<void()> on_wake_;
  std::function<void()> on_clock_set_;
  std::optional<BootTime> wake_at_;
  std::size_t wakes_ = 0;
};

}  // namespace jitgate
