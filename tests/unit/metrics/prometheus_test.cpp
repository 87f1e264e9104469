#include "agent/metrics/prometheus.hpp"

#include <gmock/gmock.h>

namespace jitgate {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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
  report.events[{"grant.open", "Succeeded"}] = 4;
  report.events[{"request", "Refused"}] = 5;
  return report;
}

TEST(Prometheus, TellsTheStatus) {
  const std::string text = to_prometheus(report());
  for (const char* line :
       {"jitgate_state{state=\"degraded\"} 1\n", "jitgate_state{state=\"enforcing\"} 0\n", "jitgate_in_sync 1\n",
        "jitgate_table_owned 0\n", "jitgate_reasons 1\n", "jitgate_port_locked{number=\"22\",protocol=\"TCP\"} 1\n",
        "jitgate_port_grants{number=\"22\",protocol=\"TCP\"} 2\n", "jitgate_grants{status=\"active\"} 3\n",
        "jitgate_denied_packets_total 12\n", "jitgate_drift_total 1\n",
        "jitgate_events_total{operation=\"grant.open\",outcome=\"Succeeded\"} 4\n",
        "jitgate_events_total{operation=\"request\",outcome=\"Refused\"} 5\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(Prometheus, CountsExposuresAndEscapesTheirNames) {
  const std::string text = to_prometheus(report());
  EXPECT_THAT(text, HasSubstr("jitgate_port_exposures{number=\"22\",protocol=\"TCP\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("jitgate_exposure_packets_total{number=\"22\",protocol=\"TCP\",transport=\"tcp\","
                              "by=\"ip filter \\\"INPUT\\\"\\\\\"} 7\n"));
}

TEST(Prometheus, EveryMetricHasOneHelpAndOneType) {
  const std::string text = to_prometheus(report());
  std::size_t help = 0;
  std::size_t type = 0;
  for (std::size_t at = 0; (at = text.find("# HELP ", at)) != std::string::npos; ++at) ++help;
  for (std::size_t at = 0; (at = text.find("# TYPE ", at)) != std::string::npos; ++at) ++type;
  EXPECT_EQ(help, type);
  EXPECT_EQ(text.back(), '\n');
  EXPECT_THAT(text, Not(HasSubstr("\n\n")));
}

}  // namespace
}  // namespace jitgate
