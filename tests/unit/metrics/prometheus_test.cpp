#include "agent/metrics/prometheus.hpp"

#include <gmock/gmock.h>

#include <regex>

#include "tests/unit/metrics/metric_text.hpp"

namespace jitgate {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

StatusReport report() {
  StatusReport report;
  report.state = AgentState::degraded;
  report.in_sync = true;
  report.reasons = {"clock: early"};
  report.ports.push_back(
      {PortNumber::from(22).value(),
       Protocol::tcp,
       true,
       2,
       {{Transport::tcp, "ip filter \"INPUT\"\\", 7, {}, false}, {Transport::tcp, "ip6 f c", 1, {}, true}}});
  report.active_grants = 3;
  report.denied_packets = 12;
  report.drift = 1;
  report.denied_ports = {{{Transport::tcp, PortNumber::from(22).value()}, 9}};
  report.openings.opened = 6;
  report.openings.ended[StatusReason::expired] = 2;
  report.openings.expiry_delay.add(std::chrono::milliseconds(3));
  report.refusals.by_reason["TooMany"] = 8;
  report.refusals.by_field["endTimeUtc"] = 5;
  report.refusals.unrecorded = 7;
  report.reconcile.add(std::chrono::microseconds(10));
  report.reconcile.add(std::chrono::microseconds(11));
  report.reconcile.add(std::chrono::seconds(11));
  report.clock_synchronized = false;
  report.audit_intact = true;
  report.sources = {{"local", "local", "ready", {}, {}},
                    {"hub", "http", "unreachable", {}, "Connection refused", std::chrono::milliseconds(90'500)}};
  report.events[{"grant.open", "Succeeded"}] = 4;
  report.events[{"request", "Refused"}] = 5;
  return report;
}

TEST(Prometheus, TellsTheStatus) {
  const std::string text = to_prometheus(report());
  for (const char* line : {"jitgate_state{state=\"degraded\"} 1\n",
                           "jitgate_state{state=\"enforcing\"} 0\n",
                           "jitgate_in_sync 1\n",
                           "jitgate_table_owned 0\n",
                           "jitgate_reasons 1\n",
                           "jitgate_port_locked{number=\"22\",protocol=\"TCP\"} 1\n",
                           "jitgate_port_grants{number=\"22\",protocol=\"TCP\"} 2\n",
                           "jitgate_grants{status=\"active\"} 3\n",
                           "jitgate_denied_packets_total 12\n",
                           "jitgate_drift_total 1\n",
                           "jitgate_events_total{operation=\"grant.open\",outcome=\"Succeeded\"} 4\n",
                           "jitgate_events_total{operation=\"request\",outcome=\"Refused\"} 5\n",
                           "jitgate_port_denied_packets_total{number=\"22\",transport=\"tcp\"} 9\n",
                           "jitgate_openings_total 6\n",
                           "jitgate_endings_total{reason=\"Expired\"} 2\n",
                           "jitgate_endings_total{reason=\"PolicyChanged\"} 0\n",
                           "jitgate_refusals_total{reason=\"TooMany\"} 8\n",
                           "jitgate_policy_violations_total{field=\"endTimeUtc\"} 5\n",
                           "jitgate_unrecorded_refusals_total 7\n",
                           "jitgate_clock_synchronized 0\n",
                           "jitgate_store_writable 1\n",
                           "jitgate_source_ready{source=\"local\",type=\"local\"} 1\n",
                           "jitgate_source_ready{source=\"hub\",type=\"http\"} 0\n",
                           "jitgate_source_lag_seconds{source=\"hub\",type=\"http\"} 90\n",
                           "jitgate_audit_intact 1\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(Prometheus, CountsExposuresAndEscapesTheirNames) {
  const std::string text = to_prometheus(report());
  EXPECT_THAT(text, HasSubstr("jitgate_port_exposures{number=\"22\",protocol=\"TCP\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("jitgate_exposure_packets_total{number=\"22\",protocol=\"TCP\",transport=\"tcp\","
                              "by=\"ip filter \\\"INPUT\\\"\\\\\"} 7\n"));
}

TEST(Prometheus, AHistogramCountsEveryBoundBelowItself) {
  const std::string text = to_prometheus(report());
  for (const char* line :
       {"# TYPE jitgate_reconcile_duration_seconds histogram\n",
        "jitgate_reconcile_duration_seconds_bucket{le=\"1e-05\"} 1\n",
        "jitgate_reconcile_duration_seconds_bucket{le=\"5e-05\"} 2\n",
        "jitgate_reconcile_duration_seconds_bucket{le=\"10\"} 2\n",
        "jitgate_reconcile_duration_seconds_bucket{le=\"+Inf\"} 3\n",
        "jitgate_reconcile_duration_seconds_sum 11.000021\n", "jitgate_reconcile_duration_seconds_count 3\n",
        "jitgate_expiry_delay_seconds_bucket{le=\"0.005\"} 1\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(Prometheus, SaysNothingOfAnAuditThatNobodyHadVerified) {
  StatusReport unverified = report();
  unverified.audit_intact.reset();
  EXPECT_THAT(to_prometheus(unverified), Not(HasSubstr("audit_intact")));
}

TEST(Prometheus, EveryLineIsOneOfTheFormatAndEverySampleFollowsItsHelpAndType) {
  const MetricText text = parse_metrics(to_prometheus(report()));
  EXPECT_THAT(text.faults, IsEmpty());
  EXPECT_GE(text.metrics.size(), 20U);
}

TEST(Prometheus, KeepsToTheRulesThatPromtoolChecks) {
  const std::regex snake_case("jitgate_[a-z_]+");
  for (const auto& [name, metric] : parse_metrics(to_prometheus(report())).metrics) {
    EXPECT_TRUE(std::regex_match(name, snake_case)) << name << ": one namespace, snake case, no colons";
    EXPECT_FALSE(metric.help.empty()) << name;
    EXPECT_EQ(name.ends_with("_total"), metric.type == "counter") << name;
    EXPECT_THAT(metric.type, AnyOf("gauge", "counter", "histogram")) << name;
    for (const char* word : {"gauge", "counter", "histogram", "summary", "_milliseconds", "_microseconds", "_ms",
                             "_minutes", "_kilobytes", "_info_", "_percent"}) {
      EXPECT_THAT(name, Not(HasSubstr(word)));
    }
    if (metric.type != "histogram") {
      for (const char* ending : {"_bucket", "_count", "_sum"}) EXPECT_FALSE(name.ends_with(ending)) << name;
    }
    EXPECT_TRUE(metric.type != "histogram" || name.ends_with("_seconds")) << name;
  }
}

TEST(Prometheus, AMetricThatBreaksTheFormatIsFound) {
  EXPECT_THAT(parse_metrics("jitgate_x 1\n").faults, SizeIs(1)) << "no type";
  EXPECT_THAT(parse_metrics("# HELP a b\n# TYPE a gauge\na{b=c} 1\n").faults, SizeIs(1)) << "no quotes";
  EXPECT_THAT(parse_metrics("# HELP a b\n# TYPE a gauge\na 1\na 2\n").faults, SizeIs(1)) << "twice the same series";
  EXPECT_THAT(parse_metrics("# HELP a b\n# TYPE a gauge\na 1\n# HELP a b\n# TYPE a gauge\n").faults, SizeIs(1));
  EXPECT_THAT(parse_metrics("# HELP a b\n# TYPE a gauge\na 1").faults, SizeIs(1)) << "no end of the line";
}

}  // namespace
}  // namespace jitgate
