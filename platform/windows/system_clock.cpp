#include "platform/system_clock.hpp"

#include <windows.h>

#include <stdexcept>
#include <utility>

#include "platform/windows/boot_identity.hpp"

namespace jitgate {
namespace {

using Ticks = std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>;

using QueryTime = void(WINAPI*)(ULONGLONG* ticks);

/// The same to the tick of the system's clock, about 16 ms, and its sleep included too.
void WINAPI tick_count(ULONGLONG* ticks) {
  *ticks = std::chrono::duration_cast<Ticks>(std::chrono::milliseconds(::GetTickCount64())).count();
}

/// Looked up: the import library names an API set that is not on every Windows 10, nor in Wine 8.
QueryTime interrupt_time() {
  const HMODULE library = ::GetModuleHandleW(L"kernelbase.dll");
  const FARPROC found = library == nullptr ? nullptr : ::GetProcAddress(library, "QueryInterruptTimePrecise");
  return found == nullptr ? &tick_count : reinterpret_cast<QueryTime>(reinterpret_cast<void*>(found));
}

class SystemClock final : public Clock {
 public:
  explicit SystemClock(std::string boot_id) : interrupt_time_(interrupt_time()), boot_id_(std::move(boot_id)) {}

  WallTime wall_now() const override {
    constexpr Ticks kTo1970{116'444'736'000'000'000};  // FILETIME counts from 1601
    FILETIME now{};
    ::GetSystemTimePreciseAsFileTime(&now);
    const auto since_1601 = static_cast<std::int64_t>((std::uint64_t{now.dwHighDateTime} << 32) | now.dwLowDateTime);
    return WallTime(Ticks(since_1601) - kTo1970);
  }
  BootTime boot_now() const override {
    ULONGLONG now = 0;
    interrupt_time_(&now);
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
  QueryTime interrupt_time_;
  std::string boot_id_;
};

}  // namespace

std::unique_ptr<Clock> make_system_clock() {
  auto boot = boot_identity();
  if (!boot) throw std::runtime_error(boot.error().message);
  return std::make_unique<SystemClock>(std::move(*boot));
}

}  // namespace jitgate
