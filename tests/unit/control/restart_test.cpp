// Crash, restart, reboot: unexpired grants come back with the time they still have; nothing that ended opens again.
#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class Restart : public AgentRig {
 protected:
  Restart() { start(); }
};

TEST_F(Restart, GivesBackTheTimeThatIsLeft) {
  granted(kPeer, 22, 1h);
  pass(20min);
  restart();
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 40min);
  pass(40min);
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(Restart, HoldsTheBootDeadlineAgainstAClockThatWasSetBack) {
  granted(kPeer, 22, 1h);
  pass(30min);
  kill();
  clock_.advance_wall(-10min);
  start();
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 30min);
}

TEST_F(Restart, NeverOpensWhatWasRevoked) {
  const auto id = granted(kPeer, 22, 1h);
  ASSERT_TRUE(revoke(id));
  restart();
  EXPECT_FALSE(admits(kPeer, 22));
  reboot("boot-2");
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(Restart, DuringARequestOpensNothing) {
  store().hold_commits();
  begin(agent().request(requester(), ask(kPeer, 22, 1h)));
  kill();
  start();
  EXPECT_FALSE(admits(kPeer, 22)) << "it was never durable";
}

TEST_F(Restart, BetweenTheCommitAndTheFirewallOpensWhatIsDurable) {
  firewall().fail_commits(kKernelRefuses);
  granted(kPeer, 22, 1h);
  ASSERT_FALSE(admits(kPeer, 22));
  restart();
  EXPECT_TRUE(admits(kPeer, 22));
}

TEST_F(Restart, KeepsTheReplacedOneEnded) {
  granted(kPeer, 22, 3h);
  granted(kPeer, 22, 1h);
  restart();
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 1h);
}

TEST_F(Restart, KeepsSinglePortsEnded) {
  auto both = ask(kPeer, 22, 1h);
  both.ports.push_back({port_number(80), std::nullopt, {prefix(kPeer)}, Duration(2h)});
  const auto id = call(agent().request(requester(), both)).value().record.grant.id;
  pass(1h);
  restart();
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_TRUE(admits(kPeer, 80));
  EXPECT_EQ(stored(id).states[0].reason, StatusReason::expired);
}

TEST_F(Restart, NamesDamagedGrantsAndKeepsThemClosed) {
  disk_.damage("0198c2c0: the document cannot be read");
  restart();
  EXPECT_EQ(agent().status().state, AgentState::degraded);
  EXPECT_TRUE(mentions(agent().status().reasons, "damaged grant 0198c2c0"));
  EXPECT_TRUE(request(kPeer, 22, 1h)) << "the others go on";
}

TEST_F(Restart, AfterARebootIsWrittenDownForTheNextCrash) {
  granted(kPeer, 22, 2h);
  pass(30min);
  reboot("boot-2");
  pass(30min);
  restart();
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 1h) << "by the deadline of the second boot";
}

}  // namespace
}  // namespace jitgate
