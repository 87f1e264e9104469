#include "platform/windows/wfp_release.hpp"

#include "platform/windows/wfp_lock.hpp"

namespace jitgate {

Result<void> release_filters() {
  auto engine = wfp::Engine::open(wfp::SessionKind::persistent);
  if (!engine) return engine.error();
  const auto found = engine->filters();
  if (!found) return found.error();
  const wfp::Status removed = wfp::remove_everything(*engine, *found, true);
  if (!removed.ok()) return removed.to_error();
  return {};
}

}  // namespace jitgate
