#include "agent/source/http/http_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fstream>
#include <map>

#include "platform/linux/system_clock.hpp"
#include "tests/fake/certificates.hpp"
#include "tests/fake/recording_sink.hpp"
#include "tests/scratch_directory.hpp"
#include "tests/source_server/grant_server.hpp"
#include "tests/source_server/scripted_server.hpp"

namespace jitgate {
namespace {

using namespace testing_server;
using testing::HasSubstr;

/// The source before a real server, in one loop with the test; waits are bounded by the test's own limit alone.
class HttpSourceTest : public testing::Test {
 protected:
  void start(const std::string& url, HttpSourceMode mode) {
    config_.url = url;
    config_.mode = mode;
    source_ = make_http_source(loop_.get_executor(), config_, sink_,
                               {.clock = *clock_, .jitter = [] { return 0.01; }, .max_entries = max_entries_});
    source_->start();
  }
  template <class Condition>
  void run_until(Condition condition) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), limit) << "what was waited for has not happened";
      loop_.restart();
      loop_.run_one_for(std::chrono::milliseconds(20));
    }
  }
  std::size_t delivered() const { return sink_->deliveries.size(); }
  const Delivery& last() const { return sink_->deliveries.back(); }
  std::string problem() const { return sink_->problems.empty() ? "" : sink_->problems.back().value_or(""); }

  net::io_context loop_;
  std::unique_ptr<Clock> clock_ = make_system_clock();
  std::shared_ptr<RecordingSink> sink_ = std::make_shared<RecordingSink>();
  HttpSourceConfig config_;
  std::size_t max_entries_ = 100;
  std::unique_ptr<GrantSource> source_;
};

class PolledSource : public HttpSourceTest {
 protected:
  PolledSource() { config_.interval = std::chrono::milliseconds(20); }
};

class SubscribedSource : public HttpSourceTest {};

TEST_F(PolledSource, DeliversWhatChangesAndNothingElse) {
  GrantServer server;
  server.publish("a", "1", "signed");
  start(server.url(), HttpSourceMode::poll);
  run_until([&] { return server.counters().not_modified >= 2; });
  ASSERT_EQ(delivered(), 1U);
  EXPECT_TRUE(last().snapshot);
  EXPECT_EQ(last().documents, (std::vector<DeliveredDocument>{{"a", "1", "signed"}}));
  EXPECT_GE(sink_->contacts, 1U);
  server.remove("a");
  run_until([&] { return delivered() == 2; });
  EXPECT_TRUE(last().snapshot);
  EXPECT_TRUE(last().documents.empty());
  EXPECT_TRUE(sink_->problems.empty());
}

TEST_F(PolledSource, TellsWhatIsWrongOnceAndWhenItIsOver) {
  GrantServer server;
  server.set_available(false);
  start(server.url(), HttpSourceMode::poll);
  run_until([&] { return server.counters().refused >= 3; });
  EXPECT_EQ(sink_->problems, (std::vector<std::optional<std::string>>{"the server answered 503 Service Unavailable"}));
  EXPECT_EQ(sink_->contacts, 0U);
  server.set_available(true);
  run_until([&] { return sink_->problems.size() == 2; });
  EXPECT_EQ(sink_->problems.back(), std::nullopt);
  EXPECT_EQ(delivered(), 1U);
}

TEST_F(PolledSource, DeliversAgainWhatTheAgentCouldNotTake) {
  GrantServer server;
  server.publish("a", "1");
  sink_->answer = error(errc::store_failed, "the disk is full");
  start(server.url(), HttpSourceMode::poll);
  run_until([&] { return delivered() >= 2; });
  EXPECT_EQ(problem(), "the disk is full");
  sink_->answer = Result<void>();
  run_until([&] { return problem().empty(); });
  EXPECT_EQ(server.counters().not_modified, 0U);
  EXPECT_EQ(last().documents.size(), 1U);
}

TEST_F(PolledSource, ResyncDeliversAgain) {
  GrantServer server;
  config_.interval = std::chrono::hours(1);
  start(server.url(), HttpSourceMode::poll);
  run_until([&] { return delivered() == 1; });
  source_->resync();
  run_until([&] { return delivered() == 2; });
  EXPECT_EQ(server.counters().polls, 2U);
}

TEST_F(PolledSource, ShowsTheTokenAsItIs) {
  const ScratchDirectory directory;
  const auto write = [&](const std::string& token) {
    std::ofstream(directory.file("token")) << token << "\n";
    ASSERT_EQ(::chmod(directory.file("token").c_str(), 0600), 0);
  };
  GrantServer server({.token = "right"});
  config_.token_file = directory.file("token");
  start(server.url(), HttpSourceMode::poll);
  run_until([&] { return !sink_->problems.empty(); });
  EXPECT_THAT(problem(), HasSubstr(directory.file("token") + ": cannot be read"));
  write("wrong one");
  run_until([&] { return problem().find("one token") != std::string::npos; });
  write("wrong");
  run_until([&] { return problem() == "the server answered 401 Unauthorized"; });
  write("right");
  run_until([&] { return delivered() == 1; });
  EXPECT_EQ(problem(), "");
}

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

/// Judges slowly, and says when it has ended.
class SlowSink final : public SourceSink {
 public:
  explicit SlowSink(net::io_context& loop) : judged(loop, std::chrono::steady_clock::time_point::max()) {}
  net::awaitable<Result<void>> deliver(Delivery) override {
    judging = true;
    [[maybe_unused]] const auto [ignored] = co_await judged.async_wait(net::as_tuple(net::use_awaitable));
    judging = false;
    co_return Result<void>();
  }
  void note_contact() override { ++calls; }
  void note_problem(std::optional<std::string>) override { ++calls; }

  net::steady_timer judged;
  bool judging = false;
  std::size_t calls = 0;
};

TEST_F(HttpSourceTest, EndingItDuringAJudgementIsSafe) {
  for (const HttpSourceMode mode : {HttpSourceMode::poll, HttpSourceMode::subscribe}) {
    GrantServer server;
    server.publish("a", "1");
    auto sink = std::make_shared<SlowSink>(loop_);
    std::weak_ptr<SlowSink> kept = sink;
    auto clock = make_system_clock();
    config_.url = server.url();
    config_.mode = mode;
    auto source = make_http_source(loop_.get_executor(), config_, sink, {.clock = *clock});
    source->start();
    run_until([&] { return sink->judging; });
    source.reset();
    clock.reset();
    const std::size_t calls = sink->calls;
    sink->judged.cancel();
    SlowSink* judge = sink.get();
    sink.reset();
    EXPECT_FALSE(kept.expired()) << "the judgement keeps it";
    run_until([&] { return kept.expired() || judge->calls != calls; });
    EXPECT_TRUE(kept.expired()) << "and nothing else does, nor was anything told it";
  }
}

TEST_F(HttpSourceTest, EndingItAtAnyMomentIsSafe) {
  GrantServer server({.heartbeat = std::chrono::seconds(1)});
  for (int i = 0; i < 20; ++i) server.publish("key " + std::to_string(i), "{}");
  for (const HttpSourceMode mode : {HttpSourceMode::poll, HttpSourceMode::subscribe}) {
    for (int turns = 0; turns < 60; ++turns) {
      config_.interval = std::chrono::milliseconds(1);
      start(server.url(), mode);
      for (int i = 0; i < turns; ++i) {
        loop_.restart();
        loop_.run_one_for(std::chrono::milliseconds(2));
        if (i % 7 == 6) source_->resync();
      }
      const std::size_t contacts = sink_->contacts;
      source_.reset();
      sink_->answer = Result<void>();
      loop_.restart();
      loop_.run();
      EXPECT_EQ(sink_->contacts, contacts);
    }
  }
}

TEST_F(HttpSourceTest, MayOutliveItsLoop) {
  GrantServer server;
  auto loop = std::make_unique<net::io_context>();
  config_.url = server.url();
  auto source = make_http_source(loop->get_executor(), config_, sink_, {.clock = *clock_});
  source->start();
  loop->run_for(std::chrono::milliseconds(20));
  source.reset();
  loop.reset();
}

TEST_F(HttpSourceTest, TenThousandGrantsInOneSnapshot) {
  max_entries_ = 10'000;
  GrantServer server;
  std::vector<DeliveredDocument> entries;
  for (int i = 0; i < 10'000; ++i)
    entries.push_back({"key " + std::to_string(i), std::string(400, 'd'), std::string(300, 's')});
  server.publish_all(entries);
  for (const HttpSourceMode mode : {HttpSourceMode::poll, HttpSourceMode::subscribe}) {
    const std::size_t before = delivered();
    const auto began = std::chrono::steady_clock::now();
    start(server.url(), mode);
    run_until([&] { return delivered() > before; });
    EXPECT_EQ(last().documents.size(), 10'000U);
    const auto took = std::chrono::steady_clock::now() - began;
    RecordProperty(mode == HttpSourceMode::poll ? "poll_ms" : "subscribe_ms",
                   std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
    source_.reset();
  }
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

TEST_F(HttpSourceTest, SpeaksTls) {
  const ScratchDirectory directory;
  TestCertificate("hub", "IP:127.0.0.1").write(directory.file("hub.pem"), directory.file("hub.key"));
  GrantServer server({.tls = server_tls(directory.file("hub.pem"), directory.file("hub.key"))});
  server.publish("a", "1");
  config_.tls.ca = directory.file("hub.pem");
  for (const HttpSourceMode mode : {HttpSourceMode::poll, HttpSourceMode::subscribe}) {
    const std::size_t before = delivered();
    start(server.url(), mode);
    run_until([&] { return delivered() > before; });
    EXPECT_EQ(last().documents.size(), 1U);
  }
}

}  // namespace
}  // namespace jitgate
