#include "platform/windows/wfp_release.hpp"

#include "platform/windows/wfp_lock.hpp"

namespace jitgate {

Result<void> release_filters() {
  auto engine = wfp::Engine::open(wfp::SessionKind::persistent);
  if (!engine) return engine.error();
  const auto found = engine->filters();
  if (!found) return found.error();
  // What is left are a running daemon's grants, which go with it, and what others hang on to our sublayer.
  const wfp::Status removed = wfp::remove_everything(*engine, *found).status;
  if (!removed.ok()) return removed.to_error();
  return {};
}

}  // namespace jitgate
