#include "tests/unit/cli/command_line.hpp"

namespace jitgate::cli {
namespace {

using Activation = CommandLine;

TEST_F(Activation, EnableOnTrialSaysWhenItEnds) {
  EXPECT_EQ(run({"enable", "--confirm", "60s", "--force"}), ExitCode::done);
  EXPECT_NE(out.find("trial     ends in 1m"), std::string::npos) << out;
  const EnableOptions options = api.on_loop([&] { return api.agent.enables.at(0); });
  EXPECT_EQ(options.confirm_within, std::chrono::seconds(60));
  EXPECT_TRUE(options.force);
  EXPECT_FALSE(options.confirmed || options.accept_clock);
}

TEST_F(Activation, ConfirmedEndsTheTrial) {
  EXPECT_EQ(run({"enable", "--confirmed"}), ExitCode::done);
  EXPECT_TRUE(api.on_loop([&] { return api.agent.enables.at(0).confirmed; }));
  EXPECT_EQ(run({"enable", "--confirmed", "--confirm", "60s"}), ExitCode::usage);
}

TEST_F(Activation, EnableWarnsWhoWouldNotGetInAgain) {
  variables["SSH_CONNECTION"] = "203.0.113.7 50000 192.0.2.1 22";
  EXPECT_EQ(run({"enable"}), ExitCode::done);
  EXPECT_EQ(err,
            "jitgate: warning: this SSH session stays, but 203.0.113.7 is not in alwaysAllow: a new session to port 22 "
            "needs a grant\n");
  variables["SSH_CONNECTION"] = "192.0.2.10 50000 192.0.2.1 22";
  EXPECT_EQ(run({"enable"}), ExitCode::done);
  EXPECT_EQ(err, "");
}

TEST_F(Activation, DisableTakesTheLocksAway) {
  EXPECT_EQ(run({"disable"}), ExitCode::done);
  EXPECT_NE(out.find("state     disabled"), std::string::npos);
  EXPECT_FALSE(api.on_loop([&] { return api.agent.enforced; }));
}

TEST_F(Activation, UnlockNeedsAReason) {
  EXPECT_EQ(run({"unlock", "--for", "15m"}), ExitCode::usage);
  EXPECT_EQ(run({"unlock", "--for", "15m", "--source", "203.0.113.7", "--justification", "fire"}), ExitCode::done);
  EXPECT_NE(out.find("open: 22/TCP for 203.0.113.7"), std::string::npos);
  EXPECT_EQ(api.on_loop([&] { return api.agent.unlocks.at(0).duration; }), std::chrono::minutes(15));
}

}  // namespace
}  // namespace jitgate::cli
