#include "bench/table.hpp"

#include <algorithm>
#include <cstdio>

namespace jitgate::bench {

double Samples::quantile(double share) const {
  auto sorted = values_;
  std::ranges::sort(sorted);
  const auto last = static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<std::size_t>(share * last + 0.5)];
}

void print_heading() {
  std::printf("%-58s %10s %10s %10s %7s  %s\n", "", "p10", "p50", "p99", "ratio", "target");
}

void print(const Figure& figure) {
  std::printf("\n%s, %s\n", figure.title.c_str(), figure.unit.c_str());
  const double base = figure.lines.front().samples.quantile(0.5);
  for (const auto& line : figure.lines) {
    const auto at = [&line](double share) { return line.samples.quantile(share); };
    std::printf("  %-56s %10.2f %10.2f %10.2f %7.2f  %s\n", line.name.c_str(), at(0.1), at(0.5), at(0.99),
                at(0.5) / base, line.target.c_str());
  }
  std::fflush(stdout);
}

}  // namespace jitgate::bench
