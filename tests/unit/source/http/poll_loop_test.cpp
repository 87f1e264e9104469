#include "agent/source/http/poll_loop.hpp"

#include <gtest/gtest.h>

#include "agent/model/timestamp.hpp"

namespace jitgate {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

HttpAnswer answer(unsigned status, const std::string& body = {}, const std::string& etag = {}) {
  HttpAnswer made{{status, {}}, body};
  made.head.fields.set("Content-Type", "application/json");
  if (!etag.empty()) made.head.fields.set("ETag", etag);
  return made;
}

std::string list(const std::string& version, const std::string& key = "a") {
  return R"({"apiVersion":"jitgate/v1","kind":"GrantList","version":")" + version + R"(","grants":[{"key":")" + key +
         R"(","document":"{}"}]})";
}

class PollLoopTest : public testing::Test {
 protected:
  /// One question and its answer; the outcome is "delivered", "unchanged" or why not.
  std::string poll(const HttpAnswer& given, bool taken = true) {
    now_ = std::max(now_, loop_.due());
    loop_.asking();
    asked_ = loop_.etag();
    const auto delivery = loop_.answered(given, now_, wall_);
    if (!delivery) return describe(delivery.error());
    if (!*delivery) return "unchanged";
    EXPECT_TRUE((*delivery)->snapshot);
    loop_.delivered(taken, now_);
    return "delivered";
  }
  Duration pause() const { return loop_.due() - now_; }

  double jitter_ = 0.5;
  PollLoop loop_{seconds(30), 10, [this] { return jitter_; }};
  BootTime now_{std::chrono::hours(1)};
  WallTime wall_ = parse_timestamp("2026-11-21T18:00:00Z").value();
  std::string asked_;
};

TEST_F(PollLoopTest, AsksAtOnceAndThenAtIntervals) {
  EXPECT_LE(loop_.due(), now_);
  EXPECT_EQ(poll(answer(200, list("1"), "\"1\"")), "delivered");
  EXPECT_EQ(pause(), seconds(30));
}

TEST_F(PollLoopTest, HostsAreNotInStep) {
  jitter_ = 0;
  EXPECT_EQ(poll(answer(200, list("1"))), "delivered");
  EXPECT_EQ(pause(), seconds(24));
  jitter_ = 0.999999;
  EXPECT_EQ(poll(answer(200, list("2"))), "delivered");
  EXPECT_GT(pause(), milliseconds(35'900));
  EXPECT_LE(pause(), seconds(36));
}

TEST_F(PollLoopTest, WhatIsUnchangedIsNotDelivered) {
  EXPECT_EQ(poll(answer(200, list("1"), "\"1\"")), "delivered");
  EXPECT_EQ(asked_, "");
  EXPECT_EQ(poll(answer(304)), "unchanged");
  EXPECT_EQ(asked_, "\"1\"");
  EXPECT_EQ(poll(answer(200, list("1"), "\"2\"")), "delivered") << "the ETag counts where there is one";
  EXPECT_EQ(poll(answer(304)), "unchanged");
  EXPECT_EQ(asked_, "\"2\"");
}

TEST_F(PollLoopTest, WithoutAnEtagTheVersionCounts) {
  EXPECT_EQ(poll(answer(200, list("1"))), "delivered");
  EXPECT_EQ(poll(answer(200, list("1", "other"))), "unchanged");
  EXPECT_EQ(asked_, "");
  EXPECT_EQ(poll(answer(200, list("2"))), "delivered");
  EXPECT_EQ(poll(answer(200, list("3"), "a\tb")), "delivered");
  EXPECT_EQ(poll(answer(200, list("4"), std::string(1025, 'e'))), "delivered");
  EXPECT_EQ(loop_.etag(), "") << "what cannot be sent back is no ETag";
}

TEST_F(PollLoopTest, FailuresBackOffAndRecover) {
  jitter_ = 0.5;
  for (const int half : {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000}) {
    EXPECT_EQ(poll(answer(500)), "the server answered 500 Internal Server Error");
    EXPECT_EQ(pause(), milliseconds(half));
  }
  EXPECT_EQ(poll(answer(200, list("1"))), "delivered");
  EXPECT_EQ(pause(), seconds(30));
  loop_.asking();
  loop_.failed(now_);
  EXPECT_EQ(pause(), milliseconds(500));
}

TEST_F(PollLoopTest, FullJitterGoesDownToNothing) {
  jitter_ = 0;
  poll(answer(500));
  EXPECT_EQ(pause(), Duration::zero());
}

TEST_F(PollLoopTest, RetryAfterIsHonoured) {
  HttpAnswer busy = answer(429);
  busy.head.fields.set("Retry-After", "120");
  EXPECT_EQ(poll(busy), "the server answered 429 Too Many Requests");
  EXPECT_EQ(pause(), seconds(120));
  busy.head.fields.set("Retry-After", "Sat, 21 Nov 2026 18:05:00 GMT");
  poll(busy);
  EXPECT_EQ(pause(), seconds(300));
  busy.head.fields.set("Retry-After", "999999999");
  poll(busy);
  EXPECT_EQ(pause(), std::chrono::hours(1));
  busy.head.fields.set("Retry-After", "soon");
  poll(busy);
  EXPECT_LT(pause(), seconds(61));
}

TEST_F(PollLoopTest, UselessAnswersChangeNothing) {
  EXPECT_EQ(poll(answer(200, list("1"), "\"1\"")), "delivered");
  HttpAnswer page = answer(200, "<html>");
  page.head.fields.set("Content-Type", "text/html");
  EXPECT_EQ(poll(page), "the server sends \"text/html\", not application/json");
  EXPECT_EQ(poll(answer(200, "{}")).rfind("the answer: ", 0), 0U);
  EXPECT_EQ(poll(answer(200, list("2").substr(0, 60))).rfind("the answer: ", 0), 0U);
  EXPECT_EQ(poll(answer(401)), "the server answered 401 Unauthorized");
  EXPECT_EQ(poll(answer(204)), "the server answered 204 No Content");
  EXPECT_EQ(poll(answer(304)), "unchanged") << "what was delivered is still what is known";
}

TEST_F(PollLoopTest, NotModifiedAnswersAQuestion) {
  EXPECT_EQ(poll(answer(304)), "the server answered 304 Not Modified");
}

TEST_F(PollLoopTest, WhatTheAgentCouldNotTakeIsAskedForAgain) {
  EXPECT_EQ(poll(answer(200, list("1"), "\"1\"")), "delivered");
  EXPECT_EQ(poll(answer(200, list("2"), "\"2\""), false), "delivered");
  EXPECT_EQ(pause(), milliseconds(500)) << "after a pause as after a lost connection";
  EXPECT_EQ(poll(answer(200, list("2"), "\"2\"")), "delivered");
  EXPECT_EQ(asked_, "");
  poll(answer(200, list("3")), false);
  EXPECT_EQ(poll(answer(200, list("3"))), "delivered");
}

TEST_F(PollLoopTest, ResyncAsksForEverythingAtOnce) {
  EXPECT_EQ(poll(answer(200, list("1"), "\"1\"")), "delivered");
  loop_.resync(now_);
  EXPECT_EQ(pause(), Duration::zero());
  EXPECT_EQ(poll(answer(200, list("1"), "\"1\"")), "delivered");
  EXPECT_EQ(asked_, "");
  EXPECT_EQ(pause(), seconds(30));
}

TEST_F(PollLoopTest, ResyncDuringAQuestionOrADeliveryCounts) {
  EXPECT_EQ(poll(answer(200, list("1"), "\"1\"")), "delivered");
  loop_.asking();
  loop_.resync(now_);
  EXPECT_FALSE(loop_.answered(answer(304), now_, wall_)) << "it was asked for what has been forgotten";
  EXPECT_EQ(pause(), Duration::zero());
  loop_.asking();
  EXPECT_TRUE(loop_.answered(answer(200, list("1"), "\"1\""), now_, wall_)->has_value());
  loop_.resync(now_);
  loop_.delivered(true, now_);
  EXPECT_EQ(pause(), Duration::zero());
  EXPECT_EQ(loop_.etag(), "");
}

TEST_F(PollLoopTest, ResyncDoesNotHurryAServerThatAskedForTime) {
  HttpAnswer busy = answer(429);
  busy.head.fields.set("Retry-After", "120");
  poll(busy);
  loop_.resync(now_);
  EXPECT_EQ(pause(), seconds(120));
}

}  // namespace
}  // namespace jitgate
