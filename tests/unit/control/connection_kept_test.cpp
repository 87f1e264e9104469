// What is established outlives locks, restarts and lost tracking; what ended meanwhile does not.
#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class ConnectionsKept : public AgentRig {
 protected:
  std::uint64_t connect(std::string_view peer, int number, Transport transport = Transport::tcp) {
    return tracker_->connect(transport, prefix(peer), port_number(number));
  }
  bool alive(std::uint64_t cookie) const { return tracker_->alive(cookie); }
  bool lives_on(std::uint64_t cookie) const { return tracker_->alive(cookie) && tracker_->tracked(cookie); }
};

TEST_F(ConnectionsKept, ThatLostTheirTrackingAreMadeKnownAgain) {
  start();
  granted(kPeer, 22, 1h);
  granted(kPeer, 80, 1h);
  const auto kept = connect(kPeer, 22);
  const auto admitted = connect(kPeer, 80);
  const auto stale = connect(kStranger, 80);
  tracker_->flush();
  tracker_->announce();
  EXPECT_TRUE(lives_on(kept));
  EXPECT_TRUE(lives_on(admitted));
  EXPECT_FALSE(tracker_->tracked(stale)) << "nothing lets it pass";
  tracker_->fail_seed(error(errc::system_failed, "out of memory"));
  tracker_->announce();
  EXPECT_EQ(agent().status().state, AgentState::degraded);
  EXPECT_TRUE(mentions(agent().status().reasons, "connections: out of memory"));
  tracker_->flush();
  tracker_->fail_seed(std::nullopt);
  pass(1s);
  EXPECT_TRUE(lives_on(kept)) << "tried again, though nothing else happened";
  EXPECT_EQ(agent().status().state, AgentState::enforcing);
}

TEST_F(ConnectionsKept, OnesFromBeforeTheFirstLockAreMadeKnownBeforeItRises) {
  const auto ssh = connect(kStranger, 22);
  tracker_->flush();  // nobody tracked before
  std::vector<std::string> order;
  tracker_->journal([&](const char* what) { order.emplace_back(what); });
  make_process();
  firewall().before_commit([&](const FirewallTransaction& transaction) {
    const auto* table = std::get_if<ReplaceTable>(&transaction);
    order.emplace_back(table != nullptr && table->lock.ports.empty() ? "tracking" : "lock");
  });
  start();
  ASSERT_GE(order.size(), 4U);
  order.resize(4);
  EXPECT_EQ(order, (std::vector<std::string>{"tracking", "list", "seed", "lock"}));
  EXPECT_TRUE(lives_on(ssh));
}

TEST_F(ConnectionsKept, ReplacingAStandingLockNeverTakesItDown) {
  start();
  kill();
  make_process();
  bool open = false;
  firewall().before_commit([&](const FirewallTransaction&) { open = open || admits(kStranger, 22); });
  start();
  EXPECT_FALSE(open);
  EXPECT_EQ(firewall().committed().size(), 1U) << "one replacement, with the grants in it";
}

TEST_F(ConnectionsKept, FromBeforeTheLockAreRememberedOverARestart) {
  const auto before = connect(kPeer, 80);
  start();
  restart();
  restart();
  granted(kPeer, 80, 1h);
  pass(2h);
  EXPECT_TRUE(lives_on(before));
}

TEST_F(ConnectionsKept, AreNotForgottenWhenTheLockChangesBeforeTheyWereLookedAfter) {
  const auto before = connect(kPeer, 80);
  tracker_->fail_list(kKernelRefuses);
  start();
  config_.deny = DenyAction::reject;
  ASSERT_TRUE(agent().reload(config_));
  tracker_->fail_list(std::nullopt);
  pass(1min);
  granted(kPeer, 80, 1h);
  pass(2h);
  EXPECT_TRUE(lives_on(before));
}

TEST_F(ConnectionsKept, AreNotKeptLongerByAClockThatIsSetBack) {
  start();
  granted(kPeer, 81, 1h);
  const auto theirs = connect(kPeer, 81);
  pass(2h);
  kill();
  clock_.advance_wall(-1000h);
  start();
  pass(8h);
  EXPECT_FALSE(alive(theirs));
}

TEST_F(ConnectionsKept, ThatAreStillToBeCutAreCutAfterARestart) {
  start();
  granted(kPeer, 81, 1h);
  const auto theirs = connect(kPeer, 81);
  pass(2h);
  restart();
  pass(7h - 1s);
  EXPECT_TRUE(alive(theirs));
  pass(1s);
  EXPECT_FALSE(alive(theirs));
}

TEST_F(ConnectionsKept, CountTheirTimeFromTheEndOfTheGrantThoughTheDaemonWasDead) {
  start();
  granted(kPeer, 81, 1h);
  const auto theirs = connect(kPeer, 81);
  kill();
  clock_.advance(6h);
  start();
  pass(3h - 1s);
  EXPECT_TRUE(alive(theirs));
  pass(1s);
  EXPECT_FALSE(alive(theirs)) << "eight hours after the end, not after the restart";
}

TEST_F(ConnectionsKept, WhoseCutFellDueWhileTheDaemonWasDeadAreCutAtItsStart) {
  start();
  granted(kPeer, 80, 1h);
  const auto theirs = connect(kPeer, 80);
  kill();
  kernel_.flush();
  clock_.advance(2h);
  start();
  EXPECT_FALSE(alive(theirs));
}

TEST_F(ConnectionsKept, OfAGrantAreNotTakenForOlderAfterACrashAndAFlush) {
  start();
  granted(kPeer, 80, 1h);
  const auto theirs = connect(kPeer, 80);
  kill();
  kernel_.flush();
  start();
  EXPECT_TRUE(alive(theirs));
  pass(1h);
  EXPECT_FALSE(alive(theirs));
}

}  // namespace
}  // namespace jitgate
