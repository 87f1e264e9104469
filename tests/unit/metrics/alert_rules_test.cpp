// packaging/prometheus/jitgate.rules.yml: a rules file, about metrics that there are, with a runbook for each alert.
#include <gmock/gmock.h>
#include <yaml-cpp/yaml.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include "agent/metrics/prometheus.hpp"
#include "tests/unit/metrics/metric_text.hpp"

namespace jitgate {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

std::string read(const std::string& path) {
  std::ifstream file(std::string(JITGATE_SOURCE_DIRECTORY) + "/" + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Google's own matcher has no alternatives on Windows.
testing::AssertionResult matches(const std::string& text, const char* pattern) {
  if (std::regex_match(text, std::regex(pattern))) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "\"" << text << "\" is not " << pattern;
}

std::vector<YAML::Node> alerts() {
  std::vector<YAML::Node> all;
  for (const auto& group : YAML::Load(read("packaging/prometheus/jitgate.rules.yml"))["groups"]) {
    for (const auto& rule : group["rules"]) all.push_back(rule);
  }
  return all;
}

/// Every name of ours that is exported, histograms with their endings.
std::set<std::string> exported() {
  StatusReport report;
  report.audit_intact = true;
  std::set<std::string> names;
  for (const auto& [name, metric] : parse_metrics(to_prometheus(report)).metrics) {
    if (metric.type != "histogram") names.insert(name);
    for (const char* ending : {"_bucket", "_sum", "_count"}) {
      if (metric.type == "histogram") names.insert(name + ending);
    }
  }
  return names;
}

TEST(AlertRules, AreARulesFile) {
  const YAML::Node document = YAML::Load(read("packaging/prometheus/jitgate.rules.yml"));
  ASSERT_TRUE(document.IsMap());
  EXPECT_EQ(document.size(), 1U);
  std::set<std::string> names;
  for (const auto& group : document["groups"]) {
    for (const auto& entry : group) EXPECT_TRUE(matches(entry.first.as<std::string>(), "name|rules|interval"));
    EXPECT_FALSE(group["name"].as<std::string>().empty());
  }
  for (const YAML::Node& rule : alerts()) {
    for (const auto& entry : rule) {
      EXPECT_TRUE(matches(entry.first.as<std::string>(), "alert|expr|for|labels|annotations"));
    }
    EXPECT_TRUE(names.insert(rule["alert"].as<std::string>()).second) << "twice";
    EXPECT_TRUE(matches(rule["alert"].as<std::string>(), "Jitgate[A-Za-z]+"));
    EXPECT_TRUE(matches(rule["for"].as<std::string>("0s"), "[0-9]+[smhd]"));
    EXPECT_TRUE(matches(rule["labels"]["severity"].as<std::string>(), "critical|warning"));
  }
  EXPECT_GE(names.size(), 10U);
}

TEST(AlertRules, SpeakOfMetricsThatAreExported) {
  const auto names = exported();
  const std::regex ours("jitgate_[a-z_]+");
  for (const YAML::Node& rule : alerts()) {
    const auto expression = rule["expr"].as<std::string>();
    for (std::sregex_iterator found(expression.begin(), expression.end(), ours), end; found != end; ++found) {
      EXPECT_THAT(names, Contains(found->str())) << rule["alert"].as<std::string>();
    }
    // What is between brackets and braces balances; promtool is not here to ask.
    for (const auto& [open, close] : {std::pair('(', ')'), std::pair('{', '}'), std::pair('[', ']')}) {
      EXPECT_EQ(std::ranges::count(expression, open), std::ranges::count(expression, close)) << expression;
    }
  }
}

TEST(AlertRules, BoundsThatTheyNameAreBucketsOfTheHistogram) {
  const std::string text = to_prometheus({});
  const std::regex bucket(R"re((jitgate_[a-z_]+_bucket\{le="[^"]+"\}))re");
  for (const YAML::Node& rule : alerts()) {
    const auto expression = rule["expr"].as<std::string>();
    for (std::sregex_iterator found(expression.begin(), expression.end(), bucket), end; found != end; ++found) {
      EXPECT_THAT(text, HasSubstr(found->str() + " "));
    }
  }
}

TEST(AlertRules, EachSaysWhatItIsAndHasARunbook) {
  const std::string runbooks = read("docs/metrics.md");
  for (const YAML::Node& rule : alerts()) {
    const auto name = rule["alert"].as<std::string>();
    for (const char* key : {"summary", "description"}) {
      EXPECT_FALSE(rule["annotations"][key].as<std::string>().empty()) << name;
    }
    std::string anchor = name;
    std::ranges::transform(anchor, anchor.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
    EXPECT_EQ(rule["annotations"]["runbook"].as<std::string>(), "docs/metrics.md#" + anchor);
    EXPECT_THAT(runbooks, HasSubstr("\n### " + name + "\n"));
  }
}

TEST(MetricsDocument, HasEveryMetricAndNoOther) {
  const std::string document = read("docs/metrics.md");
  std::set<std::string> listed;
  const std::regex row(R"(\n\| `(jitgate_[a-z_]+)` \| (gauge|counter|histogram) \|)");
  StatusReport report;
  report.audit_intact = true;
  const auto there = parse_metrics(to_prometheus(report)).metrics;
  for (std::sregex_iterator found(document.begin(), document.end(), row), end; found != end; ++found) {
    const auto metric = there.find((*found)[1]);
    ASSERT_NE(metric, there.end()) << (*found)[1];
    EXPECT_EQ(metric->second.type, (*found)[2]) << (*found)[1];
    listed.insert((*found)[1]);
  }
  EXPECT_EQ(listed.size(), there.size());
}

}  // namespace
}  // namespace jitgate
