#include <gmock/gmock.h>

#include "tests/unit/doctor/evidence.hpp"

namespace jitgate::doctor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Transport kTcp = Transport::tcp;

TEST(ExamineReport, OnePortThatListensOnManyAddressesIsOneFinding) {
  Host host;
  host.listen({listener(kTcp, 22, "0.0.0.0", {"sshd"}), listener(kTcp, 22, "127.0.0.1", {"other"}),
               listener(kTcp, 22, "::", {"systemd"})});
  host.ssh().locked = false;
  const DoctorReport report = examine(host.evidence);
  ASSERT_EQ(report.ports.size(), 1U);
  EXPECT_THAT(report.ports[0].addresses, ElementsAre("0.0.0.0", "::"));
  EXPECT_THAT(report.ports[0].processes, ElementsAre("sshd", "systemd"));
  ASSERT_EQ(report.findings.size(), 1U);
  EXPECT_THAT(report.findings[0].message, HasSubstr("22/tcp (sshd, systemd) listens on 0.0.0.0, :: "));
}

TEST(ExamineReport, NamesTheRulesThatNobodyAcknowledged) {
  Host host;
  host.ssh().exposures = {{kTcp, "ip f known", 1, {}, true}, {kTcp, "ip f open", 0, {}, false}};
  const DoctorReport report = examine(host.evidence);
  EXPECT_EQ(report.ports.at(0).protection, Protection::exposed);
  EXPECT_THAT(report.findings.at(0).message, HasSubstr("ip f open"));
  EXPECT_THAT(report.findings.at(0).message, Not(HasSubstr("ip f known")));
}

TEST(ExamineReport, GivesEveryReasonOfADegradedDaemon) {
  Host host;
  host.evidence.status.state = AgentState::degraded;
  host.evidence.status.reasons = {"store: the disk is full", "connections: lost"};
  EXPECT_THAT(examine(host.evidence).findings.at(0).message, HasSubstr("store: the disk is full; connections: lost"));
}

}  // namespace
}  // namespace jitgate::doctor
