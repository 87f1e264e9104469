#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace jitgate::bench {

/// One thing that was measured again and again. Values are in the unit of its figure.
class Samples {
 public:
  void add(double value) { values_.push_back(value); }
  [[nodiscard]] bool empty() const { return values_.empty(); }
  /// `share` 0.5 is the median. Precondition: not empty.
  [[nodiscard]] double quantile(double share) const;

 private:
  std::vector<double> values_;
};

/// Microseconds that `work` takes by the wall clock.
template <class Work>
double microseconds(Work&& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
}

/// What is compared within one figure: the first line is what the others are divided by.
struct Figure {
  struct Line {
    std::string name;
    Samples samples;
    std::string target;
  };
  std::string title;
  std::string unit;
  std::vector<Line> lines;
};

void print_heading();
void print(const Figure& figure);

}  // namespace jitgate::bench
