#include "agent/control/port_activity.hpp"

#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class Activity : public AgentRig {
 protected:
  PortStatus of(int number) {
    for (const auto& port : agent().status().ports) {
      if (port.number == port_number(number)) return port;
    }
    throw std::logic_error("no such port");
  }
};

TEST_F(Activity, OfAPortThatNobodyAskedForIsNothing) {
  start();
  const auto port = of(22);
  EXPECT_EQ(port.approved_requests, 0u);
  EXPECT_EQ(port.last_access, std::nullopt);
  EXPECT_EQ(port.last_user, "");
}

TEST_F(Activity, CountsGrantsAndNamesTheLast) {
  start();
  granted(kPeer, 22, 1h);
  pass(30min);
  ASSERT_TRUE(request("203.0.113.8", 22, 1h, requester("bob")));
  ASSERT_TRUE(request("203.0.113.8", 500, 1h, requester("carol"), Protocol::udp));
  ASSERT_FALSE(request(kPeer, 22, 100h));
  EXPECT_EQ(of(22).approved_requests, 2u);
  EXPECT_EQ(of(22).last_access, clock_.wall_now());
  EXPECT_EQ(of(22).last_user, "bob");
  EXPECT_EQ(of(500).approved_requests, 1u) << "UDP lies within *";
  EXPECT_EQ(of(80).approved_requests, 0u);
}

TEST_F(Activity, ForgetsAfterSevenDays) {
  start();
  granted(kPeer, 22, 1h);
  pass(24h * 6);
  EXPECT_EQ(of(22).approved_requests, 1u);
  pass(26h);
  EXPECT_EQ(of(22).approved_requests, 0u);
  EXPECT_EQ(of(22).last_access, std::nullopt);
}

TEST_F(Activity, IsTheSameAfterARestart) {
  start();
  granted(kPeer, 22, 1h);
  pass(30h);
  ASSERT_TRUE(request("203.0.113.8", 22, 1h, requester("bob")));
  const auto last = clock_.wall_now();
  pass(2h);
  restart();
  EXPECT_EQ(of(22).approved_requests, 2u);
  EXPECT_EQ(of(22).last_access, last);
  EXPECT_EQ(of(22).last_user, "bob");
  ASSERT_TRUE(request(kPeer, 22, 1h));
  EXPECT_EQ(of(22).approved_requests, 3u);
}

TEST_F(Activity, CountsWhatWaitsOnceItIsApproved) {
  config_.policy.ports[1].require_approval = true;
  start();
  const auto held = request(kPeer, 80, 1h).value().record.grant.id;
  EXPECT_EQ(of(80).approved_requests, 0u);
  pass(10min);
  ASSERT_TRUE(call(agent().approve(approver(), held)));
  EXPECT_EQ(of(80).approved_requests, 1u);
  EXPECT_EQ(of(80).last_access, clock_.wall_now());
  EXPECT_EQ(of(80).last_user, "requester") << "not who approved";
}

TEST_F(Activity, AnUnlockIsAnAccessAndNoApprovedRequest) {
  start();
  ASSERT_TRUE(call(agent().unlock(administrator(), {15min, prefix(kPeer), "fire"})));
  EXPECT_EQ(of(22).approved_requests, 0u);
  EXPECT_EQ(of(22).last_user, "root");
  restart();
  EXPECT_EQ(of(22).approved_requests, 0u);
  EXPECT_EQ(of(22).last_user, "root");
}

}  // namespace
}  // namespace jitgate
