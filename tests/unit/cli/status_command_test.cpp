#include <boost/json/parse.hpp>

#include "cli/status_text.hpp"
#include "tests/unit/cli/command_line.hpp"

namespace jitgate::cli {
namespace {

using Status = CommandLine;

TEST_F(Status, ShowsTheWholeReport) {
  EXPECT_EQ(run({"status"}), ExitCode::done);
  EXPECT_EQ(out,
            "host      web-17\n"
            "state     enforcing (mode enforce)\n"
            "policy    set by the file\n"
            "in sync   yes\n"
            "backend   nftables, table owned\n"
            "grants    0 active, 0 pending\n"
            "denied    0 packets\n"
            "drift     0 foreign changes mended\n"
            "\n"
            "PORT    EFFECTIVE  GRANTS  7 DAYS  LAST ACCESS  LAST USER\n"
            "22/TCP  locked     0       0\n"
            "\n"
            "SOURCE  TYPE   STATE  LAST SYNC             LAST ERROR\n"
            "local   local  ready  2026-11-21T18:00:00Z\n");
  EXPECT_EQ(err, "");
}

TEST_F(Status, BriefIsOneLine) {
  EXPECT_EQ(run({"status", "--brief"}), ExitCode::done);
  EXPECT_EQ(out, "enforcing, in sync: 1 of 1 ports locked, 0 grants\n");
}

TEST_F(Status, BriefSaysThatAnAuditLocksNothing) {
  const auto status = boost::json::parse(
      R"({"state": "audit", "mode": "audit", "inSync": true, "ports": [{"locked": true}, {"locked": true}],
          "grants": {"active": 1}})");
  EXPECT_EQ(brief_status(status), "audit, in sync: 2 of 2 ports would be locked, 1 grant\n");
}

TEST_F(Status, JsonIsWhatTheApiSays) {
  EXPECT_EQ(run({"--json", "status"}), ExitCode::done);
  EXPECT_EQ(boost::json::parse(out).at("state").as_string(), "enforcing");
}

TEST_F(Status, DisabledIsExit1WithOneLineOnStandardError) {
  api.on_loop([&] { api.agent.enforced = false; });
  EXPECT_EQ(run({"status", "--brief"}), ExitCode::failed);
  EXPECT_EQ(err, "jitgate: not as it should be: disabled, in sync: 0 of 1 ports locked, 0 grants\n");
}

struct Health {
  const char* status;
  bool healthy;
};

class StatusHealth : public testing::TestWithParam<Health> {};

TEST_P(StatusHealth, DecidesTheExitStatus) {
  EXPECT_EQ(is_healthy(boost::json::parse(GetParam().status)), GetParam().healthy) << GetParam().status;
}

INSTANTIATE_TEST_SUITE_P(
    , StatusHealth,
    testing::Values(Health{R"({"state": "enforcing", "inSync": true, "ports": []})", true},
                    Health{R"({"state": "enforcing", "inSync": true, "ports": [{"effective": "locked"}]})", true},
                    Health{R"({"state": "enforcing", "inSync": true, "ports": [{"effective": "exposed"}]})", false},
                    Health{R"({"state": "enforcing", "inSync": true, "ports": [{"effective": "exposed", "locked": true,
                               "exposures": [{"acknowledged": true}]}]})",
                           true},
                    Health{R"({"state": "enforcing", "inSync": true, "ports": [{"effective": "exposed", "locked": true,
                               "exposures": [{"acknowledged": true}, {"acknowledged": false}]}]})",
                           false},
                    Health{R"({"state": "enforcing", "inSync": true, "ports": [{"effective": "exposed",
                               "locked": false, "exposures": [{"acknowledged": true}]}]})",
                           false},
                    Health{R"({"state": "enforcing", "inSync": false, "ports": []})", false},
                    Health{R"({"state": "audit", "inSync": true, "ports": [{"effective": "locked"}]})", false},
                    Health{R"({"state": "disabled", "inSync": true})", false},
                    Health{R"({"state": "degraded", "inSync": true})", false}, Health{"{}", false},
                    Health{"[]", false}));

}  // namespace
}  // namespace jitgate::cli
