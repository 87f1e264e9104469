#include <boost/json/parse.hpp>

#include "agent/model/timestamp.hpp"
#include "tests/unit/cli/command_line.hpp"

namespace jitgate::cli {
namespace {

class Audit : public CommandLine {
 protected:
  void SetUp() override {
    AuditEvent event;
    event.sequence = 1;
    event.at = api.agent.clock_.wall_now();
    event.operation = "grant.open";
    event.outcome = "Succeeded";
    event.justification = "\x1b[2J";
    api.agent.events = {event};
    CommandLine::SetUp();
  }
};

TEST_F(Audit, ComesAsATableByDefault) {
  EXPECT_EQ(run({"audit"}), ExitCode::done);
  EXPECT_NE(out.find("grant.open"), std::string::npos);
  EXPECT_EQ(out.find('\x1b'), std::string::npos);
  EXPECT_TRUE(out.ends_with('\n'));
}

TEST_F(Audit, JsonIsAnArray) {
  for (const auto& words : {std::vector<std::string>{"audit", "--json"}, {"audit", "--format", "json"}}) {
    EXPECT_EQ(run(words), ExitCode::done);
    EXPECT_EQ(boost::json::parse(out).at(0).at("operation").as_string(), "grant.open");
  }
}

TEST_F(Audit, SinceCountsBackFromNow) {
  EXPECT_EQ(run({"audit", "--since", "7d", "--format", "csv"}), ExitCode::done);
  EXPECT_EQ(to_string(*api.on_loop([&] { return api.agent.last_query->since; })), "2026-11-14T18:00:00Z");
  EXPECT_EQ(run({"audit", "--since", "2026-11-20T01:00:00+01:00"}), ExitCode::done);
  EXPECT_EQ(to_string(*api.on_loop([&] { return api.agent.last_query->since; })), "2026-11-20T00:00:00Z");
  EXPECT_EQ(run({"audit", "--since", "yesterday"}), ExitCode::usage);
  EXPECT_EQ(run({"audit", "--format", "xml"}), ExitCode::usage);
}

TEST_F(Audit, VerifyCountsTheRecords) {
  EXPECT_EQ(run({"audit", "verify"}), ExitCode::done);
  EXPECT_EQ(out, "intact: 1 records\n");
}

TEST_F(Audit, ABrokenChainFails) {
  api.on_loop([&] { api.agent.fails_with = error(errc::store_failed, "record 7 was altered"); });
  EXPECT_EQ(run({"audit", "verify"}), ExitCode::failed);
  EXPECT_EQ(err, "jitgate: record 7 was altered\n");
}

}  // namespace
}  // namespace jitgate::cli
