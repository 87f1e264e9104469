#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/model/clock.hpp"
#include "platform/windows/wfp_engine.hpp"

namespace jitgate::wfp {

/// A dynamic filter and when it goes.
struct TimedFilter {
  Filter filter;
  BootTime until;
};

/// The dynamic session that grants are in, and until when each of its filters stands. Not thread-safe. It says when
/// something is over; who asks in time is up to its owner.
class GrantSession {
 public:
  /// Where there is none.
  [[nodiscard]] Result<void> open();
  /// One transaction: `put` is added or re-timed, `remove` is removed; with `only`, everything that is not in `put`
  /// too. What is over at `now` is removed. There is a session; after an error it is not to be used any more.
  [[nodiscard]] Result<void> change(const std::vector<TimedFilter>& put, const std::vector<Guid>& remove, bool only,
                                    BootTime now);
  /// As change(): what is over at `now` is removed, and nothing else happens.
  [[nodiscard]] Result<void> remove_due(BootTime now);
  /// As far as the engine knows: it may have been restarted since.
  [[nodiscard]] Status probe() { return session_->probe(); }
  /// Its end is the caller's matter.
  [[nodiscard]] std::optional<Engine> take();

  [[nodiscard]] bool stands() const { return session_.has_value(); }
  /// Until when this filter stands; nullopt: it does not.
  [[nodiscard]] std::optional<BootTime> until(const Guid& key) const;
  /// When the next one is over.
  [[nodiscard]] std::optional<BootTime> next_end() const;

 private:
  Result<void> commit(const std::vector<TimedFilter>& put, const std::set<Guid>& remove);
  std::set<Guid> to_remove(const std::vector<Guid>& keys, const std::vector<TimedFilter>& put, bool only,
                           BootTime now) const;
  void forget(const Guid& key);
  void note(const TimedFilter& timed);

  std::optional<Engine> session_;
  std::map<Guid, BootTime> held_;
  std::set<std::pair<BootTime, Guid>> due_;
};

}  // namespace jitgate::wfp
