#include <gtest/gtest.h>

#include "tests/unit/source/http/subscribe_loop_fixture.hpp"

namespace jitgate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_F(SubscribeLoopTest, ASnapshotIsDeliveredAsAWhole) {
  EXPECT_EQ(receive(kSnapshot + grant("a") + grant("b")), "");
  EXPECT_EQ(deliver(), "");
  EXPECT_FALSE(loop_.in_sync());
  EXPECT_EQ(receive(sync("7", "7")), "");
  EXPECT_FALSE(loop_.in_sync()) << "not before the agent has it";
  EXPECT_EQ(deliver(), "[snapshot +a +b]");
  EXPECT_TRUE(loop_.in_sync());
  EXPECT_EQ(loop_.resume_from(), "7");
}

TEST_F(SubscribeLoopTest, AnEmptySnapshotIsOne) {
  EXPECT_EQ(receive(kSnapshot + sync("7", "7")), "");
  EXPECT_EQ(deliver(), "[snapshot]");
}

TEST_F(SubscribeLoopTest, AnUnfinishedSnapshotIsForgotten) {
  EXPECT_EQ(receive(kSnapshot + grant("a")), "");
  lose();
  connect();
  EXPECT_EQ(receive(kSnapshot + grant("b") + sync("7", "7")), "");
  EXPECT_EQ(deliver(), "[snapshot +b]");
}

TEST_F(SubscribeLoopTest, LiveChangesThatArriveTogetherGoTogether) {
  reach_sync();
  EXPECT_EQ(receive(grant("b", "2") + removal("a", "3")), "");
  EXPECT_EQ(deliver(), "[ +b -a]");
  EXPECT_EQ(loop_.resume_from(), "3");
  EXPECT_EQ(receive(grant("b", "4") + removal("b", "5")), "");
  EXPECT_EQ(deliver(), "[ +b][ -b]");
  EXPECT_EQ(loop_.resume_from(), "5");
}

TEST_F(SubscribeLoopTest, OneDeliveryIsUnderWayAtATime) {
  reach_sync();
  EXPECT_EQ(receive(grant("b", "2")), "");
  ASSERT_TRUE(loop_.take());
  EXPECT_EQ(receive(removal("b", "3") + grant("c", "4")), "");
  EXPECT_FALSE(loop_.take());
  EXPECT_EQ(loop_.resume_from(), "1");
  loop_.delivered(true);
  EXPECT_EQ(loop_.resume_from(), "2");
  EXPECT_EQ(deliver(), "[ +c -b]");
  EXPECT_EQ(loop_.resume_from(), "4");
}

TEST_F(SubscribeLoopTest, AResumedStreamGoesOnWithoutASnapshot) {
  reach_sync();
  lose();
  connect();
  EXPECT_FALSE(loop_.in_sync());
  EXPECT_EQ(loop_.resume_from(), "1");
  EXPECT_EQ(receive(removal("a", "2") + sync("2", "2")), "");
  EXPECT_EQ(deliver(), "[ -a]");
  EXPECT_TRUE(loop_.in_sync());
  lose();
  connect();
  EXPECT_EQ(receive(sync("2", "2")), "") << "nothing has happened meanwhile";
  EXPECT_TRUE(loop_.in_sync());
}

TEST_F(SubscribeLoopTest, AServerThatCannotResumeSendsASnapshot) {
  reach_sync();
  lose();
  connect();
  EXPECT_EQ(receive(kSnapshot + grant("c") + sync("other", "other")), "");
  EXPECT_EQ(deliver(), "[snapshot +c]");
  EXPECT_EQ(loop_.resume_from(), "other");
}

TEST_F(SubscribeLoopTest, AHeartbeatMovesTheIdOnlyBehindWhatIsDelivered) {
  reach_sync();
  EXPECT_EQ(receive(event("heartbeat", "{}", "5")), "");
  EXPECT_EQ(loop_.resume_from(), "5");
  EXPECT_EQ(receive(grant("b", "6") + event("heartbeat", "{}", "7")), "");
  EXPECT_EQ(loop_.resume_from(), "5");
  ASSERT_TRUE(loop_.take());
  EXPECT_EQ(receive(event("heartbeat", "{}", "8")), "");
  EXPECT_EQ(loop_.resume_from(), "5");
  loop_.delivered(true);
  EXPECT_EQ(loop_.resume_from(), "8");
}

TEST_F(SubscribeLoopTest, WithoutIdsEverythingIsAskedFor) {
  EXPECT_EQ(receive(kSnapshot + sync("1") + grant("a")), "");
  EXPECT_EQ(deliver(), "[snapshot][ +a]");
  EXPECT_EQ(loop_.resume_from(), "");
}

TEST_F(SubscribeLoopTest, WhatTheAgentCouldNotTakeIsAskedForAsAWhole) {
  reach_sync();
  EXPECT_EQ(receive(grant("b", "2") + removal("b", "3")), "");
  ASSERT_TRUE(loop_.take());
  loop_.delivered(false);
  EXPECT_FALSE(loop_.take()) << "nor is what came after it delivered";
  EXPECT_FALSE(loop_.in_sync());
  EXPECT_EQ(receive(event("heartbeat", "{}", "4")), "");
  lose();
  EXPECT_EQ(pause(), milliseconds(500));
  connect();
  EXPECT_EQ(loop_.resume_from(), "");
}

TEST_F(SubscribeLoopTest, AnAgentThatTakesNothingIsLeftInPeaceEverLonger) {
  for (const int half : {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000}) {
    ASSERT_EQ(receive(kSnapshot + sync("1", "1")), "");
    EXPECT_EQ(deliver(false), "[snapshot]");
    lose();
    EXPECT_EQ(pause(), milliseconds(half));
    connect();
  }
}

TEST_F(SubscribeLoopTest, BackoffBeginsAgainAfterASync) {
  for (const int half : {500, 1000, 2000}) {
    lose();
    EXPECT_EQ(pause(), milliseconds(half));
  }
  connect();
  reach_sync();
  lose();
  EXPECT_EQ(pause(), milliseconds(500));
  jitter_ = 0;
  lose();
  EXPECT_EQ(pause(), Duration::zero()) << "full jitter";
}

TEST_F(SubscribeLoopTest, TheServerSaysHowLongToWait) {
  EXPECT_EQ(receive("retry: 10000\n\n"), "");
  lose();
  EXPECT_EQ(pause(), seconds(5));
  loop_.connecting();
  HttpHead busy{503, {}};
  busy.fields.set("Retry-After", "300");
  const auto opened = loop_.opened(busy, wall_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(describe(opened.error()), "the server answered 503 Service Unavailable");
  lose();
  EXPECT_EQ(pause(), seconds(300));
  loop_.resync(now_);
  EXPECT_EQ(pause(), seconds(300)) << "resync does not hurry it";
}

TEST_F(SubscribeLoopTest, SilenceIsThreeHeartbeats) {
  EXPECT_EQ(loop_.longest_silence(), seconds(45));
  EXPECT_EQ(receive(kSnapshot + event("sync", R"({"version":"1","heartbeatSeconds":5})")), "");
  EXPECT_EQ(loop_.longest_silence(), seconds(15));
  lose();
  connect();
  EXPECT_EQ(loop_.longest_silence(), seconds(45)) << "another server may have another";
}

TEST_F(SubscribeLoopTest, EachConnectionHasItsSync) {
  EXPECT_TRUE(loop_.awaits_sync());
  EXPECT_EQ(receive(kSnapshot + event("heartbeat", "{}")), "");
  EXPECT_TRUE(loop_.awaits_sync());
  EXPECT_EQ(receive(sync("1", "1")), "");
  EXPECT_FALSE(loop_.awaits_sync());
  lose();
  connect();
  EXPECT_TRUE(loop_.awaits_sync());
}

TEST_F(SubscribeLoopTest, ResyncAsksForEverythingAtOnce) {
  reach_sync();
  loop_.resync(now_);
  lose();
  EXPECT_EQ(pause(), Duration::zero());
  connect();
  EXPECT_EQ(loop_.resume_from(), "");
  reach_sync();
  EXPECT_EQ(loop_.resume_from(), "1");
}

TEST_F(SubscribeLoopTest, ResyncDuringADeliveryCounts) {
  reach_sync();
  EXPECT_EQ(receive(grant("b", "2")), "");
  ASSERT_TRUE(loop_.take());
  loop_.resync(now_);
  lose();
  loop_.delivered(true);
  connect();
  EXPECT_EQ(loop_.resume_from(), "");
}

TEST_F(SubscribeLoopTest, ResyncEndsAPause) {
  lose();
  EXPECT_GT(pause(), Duration::zero());
  loop_.resync(now_);
  EXPECT_EQ(pause(), Duration::zero());
}

TEST_F(SubscribeLoopTest, WhatWasDeliveredAfterTheLossMakesNoConnection) {
  EXPECT_EQ(receive(kSnapshot + sync("1", "1")), "");
  ASSERT_TRUE(loop_.take());
  lose();
  loop_.delivered(true);
  EXPECT_FALSE(loop_.in_sync());
  EXPECT_EQ(loop_.resume_from(), "1");
}

}  // namespace
}  // namespace jitgate
