#pragma once

#include <string>
#include <utility>

#include "agent/model/clock.hpp"

namespace jitgate {

/// A clock that moves only when a test says so. Wall and boot time are apart: a step is `set_wall`, a suspend or plain
/// running is `advance`, a reboot is `reboot`.
class ManualClock final : public Clock {
 public:
  /// 2026-11-21T18:00:00Z, one hour after boot, synchronised.
  ManualClock()
      : wall_(std::chrono::sys_days(std::chrono::year(2026) / std::chrono::November / 21) + std::chrono::hours(18)),
        boot_(std::chrono::hours(1)) {}

  WallTime wall_now() const override { return wall_; }
  BootTime boot_now() const override { return boot_; }
  bool synchronized() const override { return synchronized_; }
  const std::string& boot_id() const override { return boot_id_; }

  void set_wall(WallTime wall) { wall_ = wall; }
  void set_boot(BootTime boot) { boot_ = boot; }
  void set_synchronized(bool synchronized) { synchronized_ = synchronized; }
  void set_boot_id(std::string boot_id) { boot_id_ = std::move(boot_id); }

  /// Time passes: both move.
  void advance(Duration by) {
    advance_wall(by);
    advance_boot(by);
  }
  void advance_wall(Duration by) { wall_ += by; }
  void advance_boot(Duration by) { boot_ += by; }

  /// Boot time starts again at zero, under another boot id; the wall clock goes on.
  void reboot(std::string boot_id) {
    boot_ = BootTime{};
    boot_id_ = std::move(boot_id);
  }

 private:
  WallTime wall_;
  BootTime boot_;
  bool synchronized_ = true;
  std::string boot_id_ = "6f1c1f6e-0000-4000-8000-000000000001";
};

}  // namespace jitgate
