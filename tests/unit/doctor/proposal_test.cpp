#include "agent/doctor/proposal.hpp"

#include <gtest/gtest.h>

#include "agent/config/config.hpp"
#include "tests/unit/doctor/evidence.hpp"

namespace jitgate::doctor {
namespace {

TEST(Proposal, IsAConfigurationThatLocksWhatListens) {
  const std::vector<ManagementPort> ports{{port(Transport::tcp, 22), {"::"}, {"sshd"}},
                                          {port(Transport::tcp, 3389), {"::"}, {"xrdp"}},
                                          {port(Transport::udp, 3389), {"::"}, {}}};
  const auto config = parse_config(proposed_configuration(ports), "proposal");
  ASSERT_TRUE(config) << describe(config.error());
  EXPECT_EQ(config->policy.locked_ports(), (std::vector{ports[0].port, ports[1].port, ports[2].port}));
  for (const PolicyPort& one : config->policy.ports) EXPECT_EQ(one.max_duration, std::chrono::hours(3));
}

TEST(Proposal, MakesAnUnhealthyHostHealthy) {
  Host host;
  host.forget_configuration();
  const DoctorReport before = examine(host.evidence);
  ASSERT_EQ(before.verdict, Verdict::unhealthy);
  const auto config = parse_config(before.findings.back().remedy, "proposal");
  ASSERT_TRUE(config) << describe(config.error());
  host.evidence.policy = &config->policy;
  host.evidence.daemon_runs = true;
  for (const PolicyPort& one : config->policy.ports) {
    host.evidence.status.ports.push_back({one.number, one.protocol, true, 0, {}});
  }
  const DoctorReport after = examine(host.evidence);
  EXPECT_EQ(after.verdict, Verdict::healthy);
  EXPECT_TRUE(after.findings.empty());
}

}  // namespace
}  // namespace jitgate::doctor
