#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "agent/model/clock.hpp"

namespace jitgate {

/// How long something took, each time: counts in buckets whose bounds never change, as Prometheus adds them up.
class DurationHistogram {
 public:
  /// Upper bounds, inclusive; what is longer than the last is in the count alone. From a netlink transaction of one
  /// entry (some microseconds) to a machine that was suspended.
  static constexpr std::array<Duration, 12> kBounds{
      std::chrono::microseconds(10),  std::chrono::microseconds(50), std::chrono::microseconds(100),
      std::chrono::microseconds(500), std::chrono::milliseconds(1),  std::chrono::milliseconds(5),
      std::chrono::milliseconds(10),  std::chrono::milliseconds(50), std::chrono::milliseconds(100),
      std::chrono::milliseconds(500), std::chrono::seconds(1),       std::chrono::seconds(10)};

  /// Less than nothing (a clock was set) counts as nothing.
  void add(Duration took) {
    took = std::max(took, Duration{});
    const auto bucket = std::ranges::lower_bound(kBounds, took);
    if (bucket != kBounds.end()) ++within_[static_cast<std::size_t>(bucket - kBounds.begin())];
    ++count_;
    sum_ += took;
  }

  /// How many took at most kBounds[i], those of smaller bounds included.
  [[nodiscard]] std::uint64_t at_most(std::size_t i) const {
    std::uint64_t total = 0;
    for (std::size_t bucket = 0; bucket <= i; ++bucket) total += within_[bucket];
    return total;
  }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] Duration sum() const { return sum_; }

 private:
  std::array<std::uint64_t, kBounds.size()> within_{};
  std::uint64_t count_ = 0;
  Duration sum_{};
};

}  // namespace jitgate
