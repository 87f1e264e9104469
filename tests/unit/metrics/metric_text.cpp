#include "tests/unit/metrics/metric_text.hpp"

#include <regex>
#include <sstream>

namespace jitgate {
namespace {

const std::regex kHelp(R"(# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+))");
const std::regex kType(R"(# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (gauge|counter|histogram|summary|untyped))");
const std::regex kSample(
    R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\[\\"n])*"(?:,[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\[\\"n])*")*\})? (-?[0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?))re");

bool belongs(const std::string& sample, const std::string& metric, const std::string& type) {
  if (type != "histogram") return sample == metric;
  return sample == metric + "_bucket" || sample == metric + "_sum" || sample == metric + "_count";
}

class Parser {
 public:
  void line(const std::string& line) {
    std::smatch part;
    if (std::regex_match(line, part, kHelp)) return begin(part[1], part[2]);
    if (std::regex_match(line, part, kType) && part[1] == name_ && metric().type.empty())
      return static_cast<void>(metric().type = part[2]);
    const bool sample = std::regex_match(line, part, kSample) && !name_.empty() &&
                        belongs(part[1], name_, metric().type) &&
                        metric().series.insert(part[1].str() + part[2].str()).second;
    if (!sample) text_.faults.push_back(line);
  }
  MetricText take() { return std::move(text_); }
  void fault(const std::string& what) { text_.faults.push_back(what); }

 private:
  MetricText::Metric& metric() { return text_.metrics[name_]; }
  void begin(const std::string& name, const std::string& help) {
    if (!text_.metrics.try_emplace(name).second) {
      text_.faults.push_back("twice: " + name);
      // Its type is not a fault of its own.
      text_.metrics[name].type.clear();
    }
    name_ = name;
    metric().help = help;
  }

  std::string name_;
  MetricText text_;
};

}  // namespace

MetricText parse_metrics(const std::string& text) {
  Parser parser;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) parser.line(line);
  if (!text.ends_with('\n')) parser.fault("the last line does not end");
  return parser.take();
}

}  // namespace jitgate
