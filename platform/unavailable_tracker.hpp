#pragma once

#include <utility>

#include "platform/connection_tracker.hpp"

namespace jitgate {

/// In the place of a tracker that could not be opened: every call fails with the reason. The locks do without; what
/// would cut connections that cannot be looked after is refused by whoever asks.
class UnavailableTracker final : public ConnectionTracker {
 public:
  explicit UnavailableTracker(Error why) : why_(std::move(why)) {}

  Result<std::vector<Connection>> list(const std::vector<TransportPort>&) override { return why_; }
  Result<std::size_t> seed(const std::vector<Connection>&) override { return why_; }
  Result<std::size_t> terminate(const std::vector<AllowKey>&, const std::function<bool(const Connection&)>&) override {
    return why_;
  }
  void watch(std::vector<TransportPort>, std::function<void()>) override {}
  Result<TrackerLoad> load() override { return why_; }

 private:
  Error why_;
};

}  // namespace jitgate
