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

TEST_F(Audit, FiltersAreHandedOn) {
  EXPECT_EQ(run({"audit", "--until", "1d", "--user", "DOM\\al ice&x", "--port", "22/tcp", "--grant", "0198c2c0-1",
                 "--before", "77", "--limit", "5", "--format", "jsonl"}),
            ExitCode::done)
      << err;
  const AuditQuery query = api.on_loop([&] { return *api.agent.last_query; });
  EXPECT_EQ(to_string(*query.until), "2026-11-20T18:00:00Z");
  EXPECT_EQ(query.caller, "DOM\\al ice&x");
  EXPECT_EQ(query.port->number.value(), 22);
  EXPECT_EQ(query.grant_id, "0198c2c0-1");
  EXPECT_EQ(query.before, 77u);
  EXPECT_EQ(query.limit, 5u);
}

TEST_F(Audit, AWrongFilterIsNamed) {
  EXPECT_EQ(run({"audit", "--port", "ssh"}), ExitCode::usage);
  EXPECT_NE(err.find("--port ssh: "), std::string::npos) << err;
  EXPECT_EQ(run({"audit", "--port", "22/foo"}), ExitCode::usage);
  EXPECT_EQ(run({"audit", "verify", "--head", "3:abc"}), ExitCode::usage);
  EXPECT_NE(err.find("--head 3:abc: "), std::string::npos) << err;
  EXPECT_EQ(run({"audit", "--until", "yesterday"}), ExitCode::usage);
  EXPECT_EQ(run({"audit", "--limit", "0"}), ExitCode::usage);
  EXPECT_EQ(run({"audit", "--before", "-1"}), ExitCode::usage);
}

TEST_F(Audit, TellsOfOlderRecords) {
  api.on_loop([&] { api.agent.older_events = true; });
  EXPECT_EQ(run({"audit"}), ExitCode::done);
  EXPECT_NE(err.find("older records: --before 1"), std::string::npos) << err;
}

TEST_F(Audit, VerifyCountsTheRecords) {
  EXPECT_EQ(run({"audit", "verify"}), ExitCode::done);
  EXPECT_EQ(out, "intact: 1 records; head 1:" + to_hex(sha256("newest")) + "\n");
}

TEST_F(Audit, ABrokenChainFails) {
  api.on_loop([&] { api.agent.fails_with = error(errc::store_failed, "record 7 was altered"); });
  EXPECT_EQ(run({"audit", "verify"}), ExitCode::failed);
  EXPECT_EQ(err, "jitgate: record 7 was altered\n");
}

}  // namespace
}  // namespace jitgate::cli
