#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/source_server/grant_server.hpp"
#include "tests/source_server/scripted_server.hpp"
#include "tests/unit/source/http/http_source_fixture.hpp"

namespace jitgate {
namespace {

using namespace testing_server;

class SubscribedSource : public HttpSourceTest {};

TEST_F(SubscribedSource, DeliversASnapshotAndThenEachChange) {
  GrantServer server;
  server.publish("a", "1");
  start(server.url(), HttpSourceMode::subscribe);
  run_until([&] { return delivered() == 1; });
  EXPECT_TRUE(last().snapshot);
  EXPECT_EQ(last().documents.size(), 1U);
  server.publish("b", "2", "signed");
  run_until([&] { return delivered() == 2; });
  EXPECT_FALSE(last().snapshot);
  EXPECT_EQ(last().documents, (std::vector<DeliveredDocument>{{"b", "2", "signed"}}));
  server.remove("a");
  run_until([&] { return delivered() == 3; });
  EXPECT_EQ(last().removed, std::vector<std::string>{"a"});
  server.set_policy(R"({"ports":[{"number":22,"protocol":"TCP","maxRequestAccessDuration":"PT1H"}]})");
  run_until([&] { return delivered() == 4; });
  ASSERT_TRUE(last().policy);
  EXPECT_EQ(last().policy->at(0).number.value(), 22);
  EXPECT_TRUE(sink_->problems.empty());
}

TEST_F(SubscribedSource, ResumesWhereItWas) {
  GrantServer server;
  server.publish("a", "1");
  start(server.url(), HttpSourceMode::subscribe);
  run_until([&] { return delivered() == 1; });
  server.disconnect_all();
  server.publish("b", "2");
  run_until([&] { return delivered() >= 2; });
  EXPECT_FALSE(last().snapshot);
  EXPECT_EQ(last().documents, (std::vector<DeliveredDocument>{{"b", "2", std::nullopt}}));
  run_until([&] { return sink_->problems.size() == 2; });
  EXPECT_EQ(server.counters().resumed, 1U);
  EXPECT_EQ(problem(), "");
}

TEST_F(SubscribedSource, AServerThatHasForgottenSendsEverything) {
  GrantServer server({.history = 1});
  start(server.url(), HttpSourceMode::subscribe);
  run_until([&] { return delivered() == 1; });
  server.disconnect_all();
  for (int i = 0; i < 5; ++i) server.publish("key " + std::to_string(i), "{}");
  run_until([&] { return delivered() >= 2 && last().snapshot; });
  EXPECT_EQ(last().documents.size(), 5U);
}

TEST_F(SubscribedSource, WhatTheAgentCouldNotTakeComesAgainAsAWhole) {
  GrantServer server;
  start(server.url(), HttpSourceMode::subscribe);
  run_until([&] { return delivered() == 1; });
  sink_->answer = error(errc::store_failed, "the disk is full");
  server.publish("a", "1");
  run_until([&] { return delivered() >= 3; });
  EXPECT_TRUE(last().snapshot);
  EXPECT_EQ(problem(), "the disk is full");
  sink_->answer = Result<void>();
  run_until([&] { return problem().empty(); });
  EXPECT_TRUE(last().snapshot);
  EXPECT_EQ(last().documents.size(), 1U);
}

TEST_F(SubscribedSource, ResyncIsNoProblem) {
  GrantServer server;
  start(server.url(), HttpSourceMode::subscribe);
  run_until([&] { return delivered() == 1; });
  source_->resync();
  run_until([&] { return delivered() == 2; });
  EXPECT_TRUE(last().snapshot);
  EXPECT_TRUE(sink_->problems.empty());
}

TEST_F(SubscribedSource, AMalformedEntryIsNamedAndNothingOfItsSnapshotDelivered) {
  ScriptedServer server;
  server.set_answers(
      {{"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
        "event: snapshot\ndata: {}\n\nevent: grant\ndata: {\"key\":\"a\",\"document\":\"1\"}\n\n"
        "event: grant\ndata: {\"key\":\"b\"}\n\n",
        ScriptedAnswer::Then::hold}});
  start(server.url(), HttpSourceMode::subscribe);
  run_until([&] { return !sink_->problems.empty(); });
  EXPECT_EQ(problem(), "the event \"grant\": document: is missing");
  EXPECT_EQ(delivered(), 0U);
}

TEST_F(SubscribedSource, ASilentServerIsLeft) {
  ScriptedServer server;
  server.set_answers(
      {{"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
        "event: snapshot\ndata: {}\n\nevent: sync\ndata: {\"version\":\"1\",\"heartbeatSeconds\":1}\n\n",
        ScriptedAnswer::Then::hold}});
  start(server.url(), HttpSourceMode::subscribe);
  run_until([&] { return !sink_->problems.empty(); });
  EXPECT_EQ(problem(), "the server has been silent for 3s");
  run_until([&] { return server.connections() >= 2; });
}

TEST_F(SubscribedSource, ChangesDuringAJudgementGoTogether) {
  GrantServer server;
  start(server.url(), HttpSourceMode::subscribe);
  run_until([&] { return delivered() == 1; });
  // Published while nothing is read: the agent is busy with the first.
  server.publish("first", "{}");
  std::size_t published = 0;
  sink_->told = [&] {
    if (delivered() != 2 || published > 0) return;
    for (; published < 50; ++published) server.publish(std::to_string(published), "{}");
  };
  std::size_t documents = 0;
  run_until([&] {
    documents = 0;
    for (std::size_t i = 1; i < delivered(); ++i) documents += sink_->deliveries[i].documents.size();
    return documents == 51;
  });
  EXPECT_LT(delivered(), 30U) << "51 changes";
}

/// The server's state, put together from what was delivered, while connections break.
TEST_F(SubscribedSource, NothingIsLostOverDisconnections) {
  GrantServer server({.history = 20});
  start(server.url(), HttpSourceMode::subscribe);
  std::map<std::string, std::string> state;
  std::size_t applied = 0;
  const auto apply = [&] {
    for (; applied < delivered(); ++applied) {
      const Delivery& delivery = sink_->deliveries[applied];
      if (delivery.snapshot) state.clear();
      for (const auto& document : delivery.documents) state[document.key] = document.document;
      for (const auto& key : delivery.removed) state.erase(key);
    }
  };
  std::mt19937 random(testing::UnitTest::GetInstance()->random_seed());
  for (int step = 0; step < 600; ++step) {
    const std::string key = std::to_string(random() % 30);
    if (random() % 3 == 0) {
      server.remove(key);
    } else {
      server.publish(key, std::to_string(step));
    }
    if (random() % 25 == 0) server.disconnect_all();
    if (random() % 4 == 0) loop_.poll();
    loop_.restart();
  }
  server.publish("the last", "one");
  run_until([&] {
    apply();
    return state.contains("the last");
  });
  std::map<std::string, std::string> expected;
  for (const auto& entry : server.entries()) expected[entry.key] = entry.document;
  EXPECT_EQ(state, expected);
}

}  // namespace
}  // namespace jitgate
