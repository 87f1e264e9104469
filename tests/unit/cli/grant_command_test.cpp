#include <boost/json/parse.hpp>

#include "tests/unit/cli/command_line.hpp"

namespace jitgate::cli {
namespace {

using Grants = CommandLine;

TEST_F(Grants, RequestSaysWhatIsOpenAndUntilWhen) {
  EXPECT_EQ(
      run({"request", "--port", "22", "--source", "203.0.113.7", "--duration", "1h30m", "--justification", "INC-1"}),
      ExitCode::done);
  EXPECT_EQ(out, "open: 22/TCP for 203.0.113.7 until 2026-11-21T19:30:00Z (1h 30m)\ngrant grant-1\n");
  EXPECT_EQ(err, "");
  const GrantRecord record = api.on_loop([&] { return api.agent.records.at(0); });
  EXPECT_EQ(record.grant.justification, "INC-1");
}

TEST_F(Grants, RequestTakesSeveralPortsAndSources) {
  EXPECT_EQ(run({"request", "--port", "22/tcp", "--port", "22", "--source", "203.0.113.0/24", "--source", "2001:db8::1",
                 "--until", "2026-11-21T20:00:00+01:00"}),
            ExitCode::done);
  const GrantRecord record = api.on_loop([&] { return api.agent.records.at(0); });
  ASSERT_EQ(record.grant.ports.size(), 4u);
  EXPECT_EQ(record.grant.ports[1].source.to_string(), "2001:db8::1");
  EXPECT_EQ(record.grant.ports[3].end, record.grant.start + std::chrono::hours(1));
}

TEST_F(Grants, SourceMeIsTheSshPeerAndPrintedFirst) {
  variables["SSH_CONNECTION"] = "198.51.100.9 50000 192.0.2.1 22";
  EXPECT_EQ(run({"request", "--port", "22", "--source", "me", "--duration", "PT1H"}), ExitCode::done);
  EXPECT_EQ(err, "jitgate: --source me is 198.51.100.9, the peer of this SSH session\n");
  EXPECT_NE(out.find("for 198.51.100.9 until"), std::string::npos);
}

TEST_F(Grants, SourceMeIsRefusedWhereItIsNotKnown) {
  EXPECT_EQ(run({"request", "--port", "22", "--source", "me", "--duration", "PT1H"}), ExitCode::failed);
  EXPECT_NE(err.find("SSH_CONNECTION is not set"), std::string::npos);
  EXPECT_EQ(api.on_loop([&] { return api.agent.requests_begun; }), 0u);
}

TEST_F(Grants, ARefusalIsOneLineWithEveryRule) {
  EXPECT_EQ(run({"request", "--port", "23", "--port", "24", "--source", "203.0.113.7", "--duration", "1h"}),
            ExitCode::failed);
  EXPECT_EQ(err,
            "jitgate: the policy does not allow this; ports[0].number: is not a port of the policy; ports[0].number: "
            "is not a port of "
            "the policy\n");
  EXPECT_EQ(out, "");
}

TEST_F(Grants, WhatIsNotOpenYetIsSaid) {
  api.on_loop([&] { api.agent.opens_at_once = false; });
  EXPECT_EQ(run({"request", "--port", "22", "--source", "203.0.113.7", "--duration", "1h"}), ExitCode::done);
  EXPECT_NE(out.find("granted, not open yet: 22/TCP"), std::string::npos);
  EXPECT_NE(out.find("not open yet: the kernel refused the batch; it is tried again\n"), std::string::npos);
}

TEST_F(Grants, ListShowsTheRemainingTime) {
  EXPECT_EQ(run({"grants"}), ExitCode::done);
  EXPECT_EQ(out, "no grants\n");
  ASSERT_EQ(run({"request", "--port", "22", "--source", "203.0.113.7", "--duration", "3h", "--justification", "INC-1"}),
            ExitCode::done);
  api.on_loop([&] { api.agent.clock_.advance(std::chrono::seconds(30)); });
  EXPECT_EQ(run({"grants"}), ExitCode::done);
  EXPECT_EQ(out,
            "ID       REQUESTOR  PORT    SOURCE       REMAINING  JUSTIFICATION\n"
            "grant-1  root       22/TCP  203.0.113.7  2h 59m     INC-1\n");
  EXPECT_EQ(run({"grants", "--json"}), ExitCode::done);
  EXPECT_EQ(boost::json::parse(out).at(0).at("ports").at(0).at("remainingSeconds").as_int64(), 10770);
}

TEST_F(Grants, ListSaysWhyOneIsNotOpen) {
  ASSERT_EQ(run({"request", "--port", "22", "--source", "203.0.113.7", "--duration", "3h"}), ExitCode::done);
  api.on_loop([&] { api.agent.opens_at_once = false; });
  EXPECT_EQ(run({"grants"}), ExitCode::done);
  EXPECT_TRUE(out.ends_with("not open: grant-1: the kernel refused the batch; it is tried again\n")) << out;
}

TEST_F(Grants, ExtendAndRevokeNameTheGrant) {
  ASSERT_EQ(run({"request", "--port", "22", "--source", "203.0.113.7", "--duration", "1h"}), ExitCode::done);
  EXPECT_EQ(run({"extend", "grant-1", "--duration", "2h"}), ExitCode::done);
  EXPECT_EQ(out, "open: 22/TCP for 203.0.113.7 until 2026-11-21T20:00:00Z (2h)\ngrant grant-2\n");
  EXPECT_EQ(run({"revoke", "grant-2", "--terminate"}), ExitCode::done);
  EXPECT_EQ(out, "closed: grant grant-2, 2 connections cut\n");
  EXPECT_EQ(run({"grants", "--all"}), ExitCode::done);
  EXPECT_NE(out.find("Revoked (NewerRequestInitiated)"), std::string::npos);
  EXPECT_NE(out.find("Revoked (UserRequested)"), std::string::npos);
  EXPECT_EQ(run({"revoke", "nothing"}), ExitCode::failed);
  EXPECT_EQ(err, "jitgate: nothing: there is no such grant\n");
}

TEST_F(Grants, WhatARequestorWroteDoesNotReachTheTerminal) {
  ASSERT_EQ(run({"request", "--port", "22", "--source", "203.0.113.7", "--duration", "1h"}), ExitCode::done);
  api.on_loop([&] { api.agent.records.at(0).grant.justification = "\x1b]0;owned\x07\n22/TCP forged"; });
  EXPECT_EQ(run({"grants"}), ExitCode::done);
  EXPECT_EQ(out.find('\x1b'), std::string::npos);
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 2);
}

}  // namespace
}  // namespace jitgate::cli
