// Preloaded into a daemon under test: its wall clock, and whether that is synchronised, are what a file says, and
// change while it runs. Every other clock is the kernel's own, so deadlines in boot time and kernel timeouts stay real.
// (The clock of the machine must not be set by a test, and libfaketime shifts absolute timers of other clocks too.)
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

#include "tests/netns/wall_clock_preload.hpp"

namespace {

const jitgate::netns::WallClockOverride* map_override() {
  const char* path = std::getenv(jitgate::netns::kWallClockVariable);
  const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return nullptr;
  void* mapped = ::mmap(nullptr, sizeof(jitgate::netns::WallClockOverride), PROT_READ, MAP_SHARED, file, 0);
  ::close(file);
  return mapped == MAP_FAILED ? nullptr : static_cast<const jitgate::netns::WallClockOverride*>(mapped);
}

const jitgate::netns::WallClockOverride* the_override() {
  static const auto* mapped = map_override();
  return mapped;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t id, timespec* time) noexcept {
  const long failed = ::syscall(SYS_clock_gettime, id, time);
  if (failed == 0 && id == CLOCK_REALTIME && the_override() != nullptr) {
    time->tv_sec += __atomic_load_n(&the_override()->shift_seconds, __ATOMIC_RELAXED);
  }
  return static_cast<int>(failed);
}

int adjtimex(timex* state) noexcept {
  const long result = ::syscall(SYS_adjtimex, state);
  if (the_override() == nullptr || result < 0) return static_cast<int>(result);
  const bool synchronized = __atomic_load_n(&the_override()->synchronized, __ATOMIC_RELAXED) != 0;
  state->status = synchronized ? state->status & ~STA_UNSYNC : state->status | STA_UNSYNC;
  return synchronized ? TIME_OK : TIME_ERROR;
}

}  // extern "C"
