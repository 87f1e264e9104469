// The last way in: works with a hung daemon, a broken store, an invalid configuration.
#include <cstdio>

#include "agent/control/release_marker.hpp"
#include "agent/daemon/host.hpp"
#include "agent/daemon/options.hpp"
#include "agent/model/duration.hpp"

namespace jitgate {

int release(Duration duration) {
  if (const auto allowed = may_release(); !allowed) {
    std::fprintf(stderr, "jitgated: %s\n", describe(allowed.error()).c_str());
    return 1;
  }
  const auto clock = make_host_clock();
  // The marker first: a daemon that sees its table vanish looks for it before it mends.
  const auto marked = ReleaseMarker(runtime_directory(), *clock).write(duration);
  if (!marked) {
    std::fprintf(stderr, "jitgated: a daemon that runs will put the locks back: %s\n",
                 describe(marked.error()).c_str());
  }
  const auto released = release_locks();
  if (!released) {
    std::fprintf(stderr, "jitgated: %s\n", describe(released.error()).c_str());
    return 1;
  }
  std::printf("the locks are gone%s\n",
              marked ? (", for a running daemon for " + to_short_duration(duration)).c_str() : "");
  return 0;
}

}  // namespace jitgate
