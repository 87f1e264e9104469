#pragma once

#include <memory>

#include "agent/source/source_sink.hpp"

namespace jitgate {

/// Where approved grants come from. Lives on the event loop's thread; what it tells its sink is the agent's to judge.
/// Destroying it ends what it has under way: it tells its sink nothing more, but a delivery that is being judged
/// completes (the source's own coroutine keeps the sink alive until then).
class GrantSource {
 public:
  virtual ~GrantSource() = default;

  virtual void start() = 0;
  /// Delivers everything again, as a snapshot and soon: what was refused may be allowed now (the policy, or whom is
  /// trusted, has changed), or the agent could not take it.
  virtual void resync() = 0;
};

}  // namespace jitgate
