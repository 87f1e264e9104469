#include <gtest/gtest.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tests/fake/certificates.hpp"
#include "tests/scratch_directory.hpp"
#include "tests/source_server/grant_server.hpp"
#include "tests/unit/source/http/http_source_fixture.hpp"

namespace jitgate {
namespace {

using namespace testing_server;

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
      const std::size_t deliveries = delivered();
      source_.reset();
      loop_.restart();
      loop_.run();
      EXPECT_EQ(sink_->contacts, contacts);
      EXPECT_EQ(delivered(), deliveries);
    }
  }
}

TEST_F(HttpSourceTest, WhomItTellsMayEndIt) {
  GrantServer server;
  server.publish("a", "1");
  for (const HttpSourceMode mode : {HttpSourceMode::poll, HttpSourceMode::subscribe}) {
    for (std::size_t call = 1; call <= 2; ++call) {
      std::size_t told = 0;
      sink_->told = [&] {
        if (++told == call) source_.reset();
      };
      start(server.url(), mode);
      loop_.restart();
      loop_.run();
      EXPECT_EQ(told, call) << "a contact, then a delivery";
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
