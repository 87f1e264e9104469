#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "agent/model/clock.hpp"
#include "platform/windows/wfp_engine.hpp"

namespace jitgate::wfp {

/// The dynamic session that a lock on trial is in. Not thread-safe. Made without arguments there is none.
class TrialSession {
 public:
  /// The `number`-th of this process: with keys of its own, it stands before the one before goes.
  [[nodiscard]] static Result<TrialSession> raise(const std::vector<Filter>& filters, std::uint64_t number,
                                                  BootTime until);

  [[nodiscard]] bool stands() const { return session_.has_value(); }
  /// It was raised with these, and they all stand as far as the engine knows: it may have been restarted since.
  [[nodiscard]] bool stands_with(const std::vector<Filter>& filters);
  [[nodiscard]] BootTime until() const { return until_; }
  void lift_at(BootTime until) { until_ = until; }
  /// The filters, with the keys that they stand with.
  [[nodiscard]] const std::vector<Filter>& raised() const { return raised_; }
  [[nodiscard]] bool holds(const Guid& key) const;

  [[nodiscard]] Status probe() { return session_->probe(); }
  /// Its end is the caller's matter.
  [[nodiscard]] std::optional<Engine> take();

 private:
  std::optional<Engine> session_;
  std::vector<Filter> asked_;   ///< as raise() was given them
  std::vector<Filter> raised_;  ///< the same, with the keys that they stand with
  BootTime until_{};
};

}  // namespace jitgate::wfp
