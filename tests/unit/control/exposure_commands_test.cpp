#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class Exposures : public AgentRig {
 protected:
  static Exposure exposure(int number, const std::string& by = "ip filter INPUT") {
    return {tcp(number), by, 3, {prefix("203.0.113.9")}};
  }
  Result<void> acknowledge(int number, Protocol protocol = Protocol::tcp) {
    return call(agent().acknowledge(administrator(), port_number(number), protocol));
  }
  Explanation explain(const std::string& source, int number) {
    return agent().explain({prefix(source), tcp(number)}).value();
  }
};

TEST_F(Exposures, AreReportedWithTheirPort) {
  start();
  firewall().others({{}, {exposure(22), exposure(500)}});
  const auto status = agent().status();
  EXPECT_EQ(status.state, AgentState::enforcing) << "what is honored is not a fault";
  ASSERT_EQ(status.ports[0].exposures.size(), 1U);
  EXPECT_EQ(status.ports[0].exposures[0].by, "ip filter INPUT");
  EXPECT_EQ(status.ports[0].exposures[0].packets, 3U);
  EXPECT_FALSE(status.ports[0].exposures[0].acknowledged);
  EXPECT_TRUE(status.ports[1].exposures.empty());
  EXPECT_EQ(status.ports[4].exposures.size(), 1U);
}

TEST_F(Exposures, WhatCannotBeHonoredDegradesWhileTheLocksAreWanted) {
  start();
  firewall().others({{"table ip x cannot be changed"}, {}});
  EXPECT_EQ(agent().status().state, AgentState::degraded);
  EXPECT_EQ(agent().status().reasons, std::vector<std::string>{"existing rules: table ip x cannot be changed"});
  ASSERT_TRUE(call(agent().disable(administrator())));
  EXPECT_EQ(agent().status().state, AgentState::disabled);
}

TEST_F(Exposures, AreAcknowledgedOneByOneAndForGood) {
  start();
  firewall().others({{}, {exposure(22), exposure(80)}});
  ASSERT_TRUE(acknowledge(22));
  poll();
  EXPECT_EQ(count_audited("exposure.acknowledge"), 1U);
  restart();
  firewall().others({{}, {exposure(22), exposure(22, "inet new input"), exposure(80)}});
  const auto status = agent().status();
  EXPECT_TRUE(status.ports[0].exposures[0].acknowledged);
  EXPECT_FALSE(status.ports[0].exposures[1].acknowledged) << "another chain is another exposure";
  EXPECT_FALSE(status.ports[1].exposures[0].acknowledged);
}

TEST_F(Exposures, OfAPortOfAllTransportsAreAcknowledgedTogetherOrByTransport) {
  start();
  const auto both = Exposure{{Transport::udp, port_number(500)}, "ip filter INPUT", 3, {prefix("203.0.113.9")}};
  firewall().others({{}, {exposure(500), both}});
  ASSERT_TRUE(acknowledge(500, Protocol::udp));
  EXPECT_FALSE(agent().status().ports[4].exposures[0].acknowledged);
  EXPECT_TRUE(agent().status().ports[4].exposures[1].acknowledged);
  ASSERT_TRUE(acknowledge(500, Protocol::any));
  EXPECT_TRUE(agent().status().ports[4].exposures[0].acknowledged);
  EXPECT_EQ(acknowledge(22, Protocol::udp).error().code, errc::not_found);
}

TEST_F(Exposures, NothingIsAcknowledgedInAdvance) {
  start();
  EXPECT_EQ(acknowledge(22).error().code, errc::not_found);
  EXPECT_EQ(acknowledge(2222).error().code, errc::not_found);
}

TEST_F(Exposures, ExplainAsksTheKernel) {
  start();
  EXPECT_EQ(explain(kPeer, 4444).verdict, Explanation::Verdict::not_locked);
  EXPECT_EQ(explain(kPeer, 22).verdict, Explanation::Verdict::locked);
  EXPECT_EQ(explain("192.0.2.10", 22).verdict, Explanation::Verdict::always_allowed);
  for (const char* self : {"127.0.0.1", "127.1.2.3", "::1"}) {
    EXPECT_EQ(explain(self, 22).verdict, Explanation::Verdict::loopback);
  }
  EXPECT_EQ(explain("::2", 22).verdict, Explanation::Verdict::locked);
  const std::string id = granted("203.0.113.0/24", 22, 1h);
  const auto open = explain("203.0.113.200", 22);
  EXPECT_EQ(open.verdict, Explanation::Verdict::granted);
  EXPECT_EQ(open.entry, prefix("203.0.113.0/24"));
  EXPECT_EQ(open.remaining, Duration(1h));
  EXPECT_EQ(open.grants, std::vector{id});
  EXPECT_EQ(explain("203.0.114.1", 22).verdict, Explanation::Verdict::locked);
  EXPECT_EQ(explain("203.0.113.200", 80).verdict, Explanation::Verdict::locked);
  firewall().others({{}, {exposure(22), exposure(80)}});
  EXPECT_EQ(explain(kPeer, 22).observed.size(), 1U);
  ASSERT_TRUE(call(agent().disable(administrator())));
  EXPECT_EQ(explain("203.0.113.200", 22).verdict, Explanation::Verdict::not_enforcing);
}

TEST_F(Exposures, ExplainSaysWhenTheKernelDoesNotAnswer) {
  start();
  firewall().fail_reads(kKernelRefuses);
  EXPECT_FALSE(agent().explain({prefix(kPeer), tcp(22)}));
}

}  // namespace
}  // namespace jitgate
