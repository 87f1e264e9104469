#include "platform/windows/system_clock.hpp"

#include <windows.h>
// After windows.h, whose types it uses.
#include <realtimeapiset.h>

#include <stdexcept>
#include <utility>

#include "platform/windows/boot_identity.hpp"

namespace jitgate {
namespace {

using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;

class SystemClock final : public Clock {
 public:
  explicit SystemClock(std::string boot_id) : boot_id_(std::move(boot_id)) {}

  WallTime wall_now() const override {
    constexpr Ticks kTo1970{116'444'736'000'000'000};  // FILETIME counts from 1601
    FILETIME now{};
    ::GetSystemTimePreciseAsFileTime(&now);
    const auto since_1601 = static_cast<std::int64_t>((std::uint64_t{now.dwHighDateTime} << 32) | now.dwLowDateTime);
    return WallTime(Ticks(since_1601) - kTo1970);
  }
  BootTime boot_now() const override {
    ULONGLONG now = 0;
    ::QueryInterruptTimePrecise(&now);
    return BootTime(Ticks(static_cast<std::int64_t>(now)));
  }
  bool synchronized() const override {
    DWORD adjustment = 0;
    DWORD interval = 0;
    BOOL left_alone = TRUE;
    return ::GetSystemTimeAdjustment(&adjustment, &interval, &left_alone) != 0 && left_alone == FALSE;
  }
  const std::string& boot_id() const override { return boot_id_; }

 private:
  std::string boot_id_;
};

}  // namespace

std::unique_ptr<Clock> make_system_clock() {
  auto boot = boot_identity();
  if (!boot) throw std::runtime_error(boot.error().message);
  return std::make_unique<SystemClock>(std::move(*boot));
}

}  // namespace jitgate
