#include "agent/source/http/subscribe_loop.hpp"

#include <gtest/gtest.h>

#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string event(const std::string& type, const std::string& data, const std::string& id = {}) {
  return "event: " + type + "\n" + (id.empty() ? "" : "id: " + id + "\n") + "data: " + data + "\n\n";
}
std::string grant(const std::string& key, const std::string& id = {}) {
  return event("grant", R"({"key":")" + key + R"(","document":"of )" + key + "\"}", id);
}
std::string removal(const std::string& key, const std::string& id = {}) {
  return event("remove", R"({"key":")" + key + "\"}", id);
}
std::string sync(const std::string& version, const std::string& id = {}) {
  return event("sync", R"({"version":")" + version + "\"}", id);
}
const std::string kSnapshot = event("snapshot", "{}");

class SubscribeLoopTest : public testing::Test {
 protected:
  SubscribeLoopTest() { connect(); }

  void connect() {
    now_ = std::max(now_, loop_.due());
    loop_.connecting();
    HttpHead head{200, {}};
    head.fields.set("Content-Type", "text/event-stream; charset=utf-8");
    ASSERT_TRUE(loop_.opened(head, wall_));
  }
  void lose() { loop_.lost(now_); }
  /// "" or why the stream is of no use.
  std::string receive(const std::string& bytes) {
    const auto received = loop_.received(bytes);
    return received ? "" : describe(received.error());
  }
  /// All that waits, as text: "[snapshot +a +b -c]" for each delivery.
  std::string deliver(bool taken = true) {
    std::string all;
    while (const auto delivery = loop_.take()) {
      std::string one = delivery->snapshot ? "snapshot" : "";
      for (const auto& document : delivery->documents) {
        EXPECT_EQ(document.document, "of " + document.key);
        one += " +" + document.key;
      }
      for (const auto& key : delivery->removed) one += " -" + key;
      if (delivery->policy) one += " policy";
      all += "[" + one + "]";
      loop_.delivered(taken);
    }
    return all;
  }
  Duration pause() const { return loop_.due() - now_; }
  void reach_sync() {
    ASSERT_EQ(receive(kSnapshot + grant("a") + sync("1", "1")), "");
    ASSERT_EQ(deliver(), "[snapshot +a]");
  }

  double jitter_ = 0.5;
  SubscribeLoop loop_{3, [this] { return jitter_; }};
  BootTime now_{std::chrono::hours(1)};
  WallTime wall_ = parse_timestamp("2026-11-21T18:00:00Z").value();
};

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

TEST_F(SubscribeLoopTest, APolicyComesWithASnapshotOrLive) {
  const std::string policy =
      event("policy", R"({"ports":[{"number":22,"protocol":"TCP","maxRequestAccessDuration":"PT3H"}]})");
  EXPECT_EQ(receive(kSnapshot + policy + grant("a") + sync("1", "1")), "");
  EXPECT_EQ(deliver(), "[snapshot +a policy]");
  EXPECT_EQ(receive(policy), "");
  EXPECT_EQ(deliver(), "[ policy]");
}

TEST_F(SubscribeLoopTest, WhatIsNoStreamOfEventsIsRefused) {
  HttpHead page{200, {}};
  page.fields.set("Content-Type", "text/html");
  const auto opened = loop_.opened(page, wall_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(describe(opened.error()), "the server sends \"text/html\", not text/event-stream");
}

struct Broken {
  std::string bytes;
  const char* why;
};

TEST_F(SubscribeLoopTest, AMalformedStreamIsLeft) {
  const Broken cases[] = {
      {grant("a"), "the event \"grant\": comes before a snapshot"},
      {removal("a"), "the event \"remove\": comes before a snapshot"},
      {sync("1"), "the event \"sync\": comes before a snapshot"},
      {kSnapshot + kSnapshot, "the event \"snapshot\": the snapshot before it has not ended"},
      {kSnapshot + grant("a") + grant("a"), "the event \"grant\": the snapshot has the key \"a\" twice"},
      {kSnapshot + removal("a"), "the event \"remove\": a snapshot removes nothing"},
      {kSnapshot + event("grant", "{}"), "the event \"grant\": key: is missing"},
      {kSnapshot + event("grant", R"({"key":"a"})"), "the event \"grant\": document: is missing"},
      {kSnapshot + event("sync", "{}"), "the event \"sync\": version: is missing"},
      {kSnapshot + sync("1", "2"), "the event \"sync\": its version \"1\" is not its id \"2\""},
      {kSnapshot + event("message", "{}"), "an event of this type is not known: \"message\""},
      {event("heartbeat", "{}", "a b"), "the id \"a b\" is not of visible ASCII characters"},
      {kSnapshot + grant("a") + grant("b") + grant("c") + grant("d"),
       "the event \"grant\": is one more than 3 (limits.grantsPerSource)"},
      {kSnapshot + grant("a") + grant("b") + grant("c") + sync("1", "1") + removal("a") + grant("d") + grant("e"),
       "the event \"grant\": is one more than 3 (limits.grantsPerSource)"},
  };
  for (const Broken& sample : cases) {
    loop_.connecting();
    EXPECT_EQ(receive(sample.bytes), sample.why);
    lose();
    while (loop_.take()) loop_.delivered(false);
  }
}

TEST_F(SubscribeLoopTest, AHugeEventIsRefused) {
  EXPECT_EQ(receive(kSnapshot + "data: " + std::string(kMaxEntry, 'a')),
            "a line of the stream is longer than " + std::to_string(kMaxEntry) + " bytes");
}

TEST_F(SubscribeLoopTest, ReadingWaitsForAnAgentThatIsFarBehind) {
  SubscribeLoop loop(100'000, [] { return 0.5; });
  loop.connecting();
  ASSERT_TRUE(loop.received(kSnapshot + sync("1", "1")));
  EXPECT_FALSE(loop.is_full());
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE(loop.received(grant(std::to_string(i))));
  EXPECT_TRUE(loop.is_full());
  while (loop.take()) loop.delivered(true);
  EXPECT_FALSE(loop.is_full());
}

}  // namespace
}  // namespace jitgate
