#include "agent/metrics/exposition.hpp"

#include <array>
#include <charconv>

namespace jitgate {
namespace {

/// A label's value may hold anything; these three are what the format escapes.
std::string escaped(std::string_view value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
  return text;
}

/// The shortest decimal that reads back as the same number, whatever the locale.
std::string seconds(Duration duration) {
  std::array<char, 32> digits;
  const double value = std::chrono::duration<double>(duration).count();
  const auto [end, failure] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return std::string(digits.data(), end);
}

}  // namespace

void Exposition::begin(std::string_view name, std::string_view type, std::string_view help) {
  name_ = "jitgate_" + std::string(name);
  text_ += "# HELP " + name_ + " " + std::string(help) + "\n# TYPE " + name_ + " " + std::string(type) + "\n";
}

void Exposition::sample(const MetricLabels& labels, std::uint64_t value) {
  text_ += name_;
  std::string_view separator = "{";
  for (const auto& [label, content] : labels) {
    text_ += std::string(separator) + std::string(label) + "=\"" + escaped(content) + "\"";
    separator = ",";
  }
  text_ += (labels.empty() ? " " : "} ") + std::to_string(value) + "\n";
}

void Exposition::histogram(std::string_view name, std::string_view help, const DurationHistogram& durations) {
  begin(name, "histogram", help);
  for (std::size_t i = 0; i < DurationHistogram::kBounds.size(); ++i) {
    text_ += name_ + "_bucket{le=\"" + seconds(DurationHistogram::kBounds[i]) + "\"} " +
             std::to_string(durations.at_most(i)) + "\n";
  }
  const std::string count = std::to_string(durations.count());
  text_ += name_ + "_bucket{le=\"+Inf\"} " + count + "\n";
  text_ += name_ + "_sum " + seconds(durations.sum()) + "\n";
  text_ += name_ + "_count " + count + "\n";
}

}  // namespace jitgate
