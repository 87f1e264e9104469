#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/control/duration_histogram.hpp"

namespace jitgate {

using MetricLabels = std::vector<std::pair<std::string_view, std::string>>;

/// Writes Prometheus' text exposition format 0.0.4. A metric is begun, then its samples follow.
class Exposition {
 public:
  /// `name` without the "jitgate_" that all have; `help` is one line.
  void gauge(std::string_view name, std::string_view help) { begin(name, "gauge", help); }
  /// `name` ends in _total.
  void counter(std::string_view name, std::string_view help) { begin(name, "counter", help); }
  void sample(const MetricLabels& labels, std::uint64_t value);
  /// One metric as a whole; `name` ends in _seconds.
  void histogram(std::string_view name, std::string_view help, const DurationHistogram& durations);

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void begin(std::string_view name, std::string_view type, std::string_view help);

  std::string name_;
  std::string text_;
};

}  // namespace jitgate
