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

TEST(ExamineReport, APortOfThisHostAloneIsShownAndNeitherFoundNorProposed) {
  Host host;
  host.forget_configuration();
  host.listen({listener(kTcp, 3389, "127.0.0.1", {"xrdp"})});
  const DoctorReport alone = examine(host.evidence);
  EXPECT_EQ(alone.verdict, Verdict::not_applicable);
  ASSERT_EQ(alone.ports.size(), 1U);
  EXPECT_EQ(to_string(alone.ports[0].protection), "unreachable");
  for (const Finding& finding : alone.findings) EXPECT_NE(finding.code, "config.missing");

  host.listen({listener(kTcp, 3389, "127.0.0.1", {"xrdp"}), listener(kTcp, 2222, "0.0.0.0", {"sshd"})});
  const DoctorReport both = examine(host.evidence);
  EXPECT_EQ(both.verdict, Verdict::unhealthy);
  const auto proposal = std::ranges::find(both.findings, "config.missing", &Finding::code);
  ASSERT_NE(proposal, both.findings.end());
  EXPECT_THAT(proposal->remedy, HasSubstr("number: 2222"));
  EXPECT_THAT(proposal->remedy, Not(HasSubstr("3389")));
}

}  // namespace
}  // namespace jitgate::doctor
