#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/host/file_access.hpp"
#include "tests/scratch_directory.hpp"
#include "tests/source_server/grant_server.hpp"
#include "tests/unit/source/http/http_source_fixture.hpp"

namespace jitgate {
namespace {

using namespace testing_server;
using testing::HasSubstr;

class PolledSource : public HttpSourceTest {
 protected:
  PolledSource() { config_.interval = std::chrono::milliseconds(20); }
};

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
    set_file_access(directory.file("token"), FileAccess::owner);
  };
  GrantServer server({.token = "right"});
  config_.token_file = directory.file("token");
  start(server.url(), HttpSourceMode::poll);
  run_until([&] { return !sink_->problems.empty(); });
  EXPECT_THAT(problem(), HasSubstr(directory.file("token") + ": cannot be "));
  write("wrong one");
  run_until([&] { return problem().find("one token") != std::string::npos; });
  write("wrong");
  run_until([&] { return problem() == "the server answered 401 Unauthorized"; });
  write("right");
  run_until([&] { return delivered() == 1; });
  EXPECT_EQ(problem(), "");
}

}  // namespace
}  // namespace jitgate
