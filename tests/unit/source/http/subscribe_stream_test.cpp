#include <gtest/gtest.h>

#include "tests/unit/source/http/subscribe_loop_fixture.hpp"

namespace jitgate {
namespace {

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

TEST_F(SubscribeLoopTest, ReadingWaitsForAnAgentThatHasMuchToRead) {
  SubscribeLoop loop(100'000, [] { return 0.5; });
  loop.connecting();
  ASSERT_TRUE(loop.received(kSnapshot + sync("1", "1")));
  const std::string document(500'000, 'd');
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(loop.is_full(), i > 16) << i;
    const std::string key = std::to_string(i);
    ASSERT_TRUE(loop.received(event("grant", R"({"key":")" + key + R"(","document":")" + document + "\"}")));
  }
  while (loop.take()) loop.delivered(true);
  EXPECT_FALSE(loop.is_full());
}

}  // namespace
}  // namespace jitgate
