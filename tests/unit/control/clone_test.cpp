#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class Clone : public AgentRig {
 protected:
  /// The disk of a machine with a grant, in another machine.
  void become_a_clone() {
    start();
    id_ = granted(kPeer, 22, 3h);
    kill();
    fingerprint_ = "machine-b";
    kernel_.reboot("boot-of-the-clone");
    start();
  }
  std::string id_;
};

TEST_F(Clone, OpensNoGrantOfTheOriginal) {
  become_a_clone();
  pass(1h);
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_TRUE(mentions(agent().status().reasons, "clone: 1"));
  EXPECT_EQ(count_audited("host.clone"), 1U);
}

TEST_F(Clone, StaysOneOverRestartsAndReboots) {
  become_a_clone();
  restart();
  EXPECT_FALSE(admits(kPeer, 22));
  reboot("boot-3");
  EXPECT_FALSE(admits(kPeer, 22));
  EXPECT_EQ(count_audited("host.clone"), 1U) << "told once";
}

TEST_F(Clone, InTheSameBootOpensNothingEither) {
  start();
  id_ = granted(kPeer, 22, 3h);
  kill();
  fingerprint_ = "machine-b";  // a restored memory snapshot: the boot id is the same
  start();
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(Clone, GrantsOfItsOwnOpen) {
  become_a_clone();
  granted(kPeer, 22, 1h);
  EXPECT_TRUE(admits(kPeer, 22));
  EXPECT_EQ(stored_reason(id_), StatusReason::newer_request_initiated);
  reboot("boot-3");
  EXPECT_TRUE(admits(kPeer, 22)) << "its own come back like any other's";
}

TEST_F(Clone, RecordsTheEndOfWhatItHoldsBack) {
  become_a_clone();
  pass(3h);
  EXPECT_EQ(stored_reason(id_), StatusReason::expired);
  EXPECT_EQ(agent().status().waiting_grants, 0U);
}

TEST_F(Clone, DoesNotHoldUpGrantsThatWaitForTheClock) {
  become_a_clone();
  const auto own = granted("203.0.113.8", 22, 3h);
  clock_.set_synchronized(false);
  reboot("boot-3");
  EXPECT_FALSE(admits("203.0.113.8", 22));
  clock_.set_synchronized(true);
  pass(1s);
  EXPECT_TRUE(admits("203.0.113.8", 22));
  EXPECT_FALSE(admits(kPeer, 22));
}

TEST_F(Clone, IsNotNoticedOnAFirstStart) {
  start();
  EXPECT_EQ(count_audited("host.clone"), 0U);
  restart();
  EXPECT_EQ(count_audited("host.clone"), 0U);
}

}  // namespace
}  // namespace jitgate
