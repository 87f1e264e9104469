#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/model/ruleset.hpp"
#include "platform/windows/wfp_engine.hpp"

namespace jitgate::wfp {

/// The session that the lock is made through, opened anew when the engine has ended it.
class LockSession {
 public:
  /// `on_reopened`: a new session is there.
  LockSession(Engine engine, std::function<void()> on_reopened)
      : engine_(std::move(engine)), on_reopened_(std::move(on_reopened)) {}

  [[nodiscard]] Result<Engine*> open();
  /// The one that open() or filters() gave last.
  [[nodiscard]] Engine& engine() { return *engine_; }
  /// Everything in our sublayer, once more with a new session where the old one is over.
  [[nodiscard]] Result<std::vector<Installed>> filters();
  /// What to say of it; a session that is over is forgotten.
  [[nodiscard]] Error failed(const Status& status);
  void forget() { engine_.reset(); }

 private:
  std::optional<Engine> engine_;
  std::function<void()> on_reopened_;
};

/// Which filters of our sublayer are a dynamic session's of this process.
using IsDynamic = std::function<bool(const Guid&)>;

/// Makes the sublayer hold exactly `wanted` beside what `is_dynamic` knows, in one transaction: what is there already
/// stays, and what somebody else put there goes. What another dynamic session put there cannot be removed: it is left,
/// and intact() says so. With `rebuild` the sublayer is made anew (SublayerState::altered), which needs that no dynamic
/// session has a filter in it; where one has, it is left as it is.
[[nodiscard]] Status install(Engine& engine, const std::vector<Filter>& wanted, const std::vector<Installed>& found,
                             const IsDynamic& is_dynamic, bool rebuild);

/// Our sublayer holds each of `wanted` unaltered, and nothing else but what `is_dynamic` knows.
[[nodiscard]] bool intact(const std::vector<Installed>& found, const std::vector<Filter>& wanted,
                          const IsDynamic& is_dynamic);

/// The names of what stands in our sublayer and is neither wanted nor known to `is_dynamic`.
[[nodiscard]] std::vector<std::string> strangers(const std::vector<Installed>& found, const std::vector<Filter>& wanted,
                                                 const IsDynamic& is_dynamic);

struct Removal {
  Status status;                    ///< of the transaction
  std::vector<std::string> left{};  ///< what others use, and so is left
};
/// Removes every filter of ours, boot-time ones included, the sublayer and the provider, in one transaction. Filters of
/// a dynamic session that still runs cannot be removed by another one: they, and the sublayer that they are in, are
/// left to it.
[[nodiscard]] Removal remove_everything(Engine& engine, const std::vector<Installed>& found);

/// Which port each filter that denies is for.
[[nodiscard]] std::map<std::uint64_t, TransportPort> ports_by_id(const std::vector<Installed>& found);

}  // namespace jitgate::wfp
