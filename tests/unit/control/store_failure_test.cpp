// A store that cannot be read: locks stay, nothing opens, and it recovers by itself.
#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

const Error kCorrupt = error(errc::store_failed, "the database is corrupt");

class UnreadableStore : public AgentRig {
 protected:
  /// A grant of an hour, and a restart with a store that cannot be read.
  UnreadableStore() {
    start();
    id_ = granted(kPeer, 22, 1h);
    kill();
    make_process();
    store().fail_load(kCorrupt);
    start();
  }
  std::string id_;
};

TEST_F(UnreadableStore, KeepsTheLocksUpAndSaysWhy) {
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_FALSE(admits(kStranger, 22));
  const auto status = agent().status();
  EXPECT_EQ(status.state, AgentState::degraded);
  EXPECT_TRUE(mentions(status.reasons, "the database is corrupt"));
}

TEST_F(UnreadableStore, StaysDegradedAlthoughItCanBeWritten) {
  pass(500ms);  // the start was recorded meanwhile
  EXPECT_EQ(agent().status().state, AgentState::degraded);
}

TEST_F(UnreadableStore, OpensNothing) {
  const auto refused = request("203.0.113.8", 22, 1h);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, errc::unavailable);
  EXPECT_NE(refused.error().message.find("corrupt"), std::string::npos);
  EXPECT_EQ(revoke(id_).error().code, errc::unavailable) << "not: there is no such grant";
}

TEST_F(UnreadableStore, RestoresWhenItCanBeReadAgain) {
  pass(10min);
  EXPECT_FALSE(admits(kPeer, 22));
  store().fail_load(std::nullopt);
  pass(1min);
  EXPECT_EQ(kernel_.left(tcp_key(kPeer, 22)), 49min);
  EXPECT_EQ(agent().status().state, AgentState::enforcing);
  EXPECT_TRUE(request("203.0.113.8", 22, 1h));
}

TEST_F(UnreadableStore, OpensNothingThatEndedMeanwhile) {
  pass(2h);
  store().fail_load(std::nullopt);
  pass(1min);
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(stored_reason(id_), StatusReason::expired);
}

TEST_F(UnreadableStore, IsAskedLessOftenTheLongerItLasts) {
  const auto wakes = time().wakes();
  pass(1h);
  EXPECT_LT(time().wakes() - wakes, 80U);
  EXPECT_GT(time().wakes() - wakes, 30U);
}

TEST_F(UnreadableStore, DoesNotForgetTheHighestTimeSeen) {
  pass(500ms);
  clock_.advance_wall(-24h);
  store().fail_load(std::nullopt);
  pass(1min);
  EXPECT_EQ(request("203.0.113.8", 22, 1h).error().code, errc::unavailable) << "the clock is earlier than it was";
}

TEST_F(UnreadableStore, DoesNotKeepAnAdministratorOut) {
  ASSERT_TRUE(call(agent().unlock(administrator(), {30min, prefix(kStranger), "console is gone"})));
  EXPECT_TRUE(admits(kStranger, 22));
  store().fail_load(std::nullopt);
  pass(1min);
  EXPECT_EQ(kernel_.left(tcp_key(kStranger, 22)), 29min) << "once, though the store holds it too";
  EXPECT_TRUE(admits(kPeer, 22));
  pass(29min);
  EXPECT_FALSE(admits(kStranger, 22));
}

TEST_F(UnreadableStore, DoesNotReviveAnUnlockThatWasTakenBackMeanwhile) {
  const auto id =
      call(agent().unlock(administrator(), {30min, prefix(kStranger), "console is gone"})).value().record.grant.id;
  store().fail_commits(kDiskFull);
  EXPECT_FALSE(call(agent().revoke(administrator(), id, false))) << "closed, but not recorded";
  EXPECT_FALSE(admits(kStranger, 22));
  store().fail_load(std::nullopt);  // it can be read, but not written
  pass(2min);
  EXPECT_FALSE(admits(kStranger, 22));
  store().fail_commits(std::nullopt);
  pass(2min);
  EXPECT_EQ(stored_reason(id), StatusReason::user_requested);
}

class ReadOnlyStore : public AgentRig {};

TEST_F(ReadOnlyStore, RestoresButOpensNothingNew) {
  start();
  granted(kPeer, 22, 1h);
  kill();
  make_process();
  store().fail_commits(error(errc::store_failed, "the file system is read-only"));
  start();
  EXPECT_TRUE(admits(kPeer, 22));
  EXPECT_FALSE(request("203.0.113.8", 22, 1h));
  EXPECT_EQ(agent().status().state, AgentState::degraded);
  pass(1h);
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(ReadOnlyStore, DoesNotBringBackAfterARestartWhatWasRevokedMeanwhile) {
  start();
  const auto revoked_id = granted(kPeer, 22, 1h);
  const auto other_id = granted(kStranger, 22, 1h);
  store().fail_commits(kDiskFull);
  ASSERT_EQ(revoke(revoked_id).error().code, errc::store_failed);
  restart();
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_TRUE(admits(kStranger, 22));
  EXPECT_EQ(stored_reason(revoked_id), StatusReason::user_requested);
  EXPECT_EQ(stored(other_id).states[0].status, Status::initiated);
  restart();
  EXPECT_FALSE(admits(kPeer, 22));
}

}  // namespace
}  // namespace jitgate
