#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace jitgate {

/// What a text in Prometheus' exposition format 0.0.4 says, read by its grammar.
struct MetricText {
  struct Metric {
    std::string type;
    std::string help;
    std::set<std::string> series;  ///< "name{labels}", of a histogram with its endings
  };
  std::map<std::string, Metric> metrics;
  std::vector<std::string> faults;  ///< lines that are none of the format, or out of place
};

[[nodiscard]] MetricText parse_metrics(const std::string& text);

}  // namespace jitgate
