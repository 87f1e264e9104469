#include "cli/api_client.hpp"
#include "cli/command.hpp"
#include "tests/unit/cli/command_line.hpp"

namespace jitgate::cli {
namespace {

using Words = std::vector<std::string>;

using Failures = CommandLine;

const std::vector<Words>& every_command() {
  static const std::vector<Words> commands{{"status"},
                                           {"request", "--port", "22", "--source", "203.0.113.7", "--duration", "1h"},
                                           {"grants"},
                                           {"extend", "grant-1", "--duration", "1h"},
                                           {"revoke", "grant-1"},
                                           {"policy", "show"},
                                           {"unlock", "--for", "1m", "--justification", "fire"},
                                           {"enable"},
                                           {"disable"},
                                           {"audit"},
                                           {"audit", "verify"}};
  return commands;
}

bool is_one_line(const std::string& text) {
  return text.find('\n') == text.size() - 1;
}

TEST_F(Failures, WithoutTheRoleEveryCommandIsExit4) {
  api.become_stranger();
  for (const Words& words : every_command()) {
    EXPECT_EQ(run(words), ExitCode::not_permitted) << words[0];
    EXPECT_TRUE(is_one_line(err)) << err;
    EXPECT_EQ(out, "");
  }
}

TEST_F(Failures, WithoutADaemonEveryCommandIsExit3) {
  api.stop();
  for (const Words& words : every_command()) {
    EXPECT_EQ(run(words), ExitCode::unreachable) << words[0];
    EXPECT_NE(err.find("cannot reach jitgated at " + api.socket()), std::string::npos) << err;
    EXPECT_TRUE(is_one_line(err)) << err;
  }
}

TEST_F(Failures, AFailureOfTheDaemonIsExit1WithItsReason) {
  api.on_loop([&] { api.agent.fails_with = error(errc::firewall_failed, "the kernel said\nno", "ruleset"); });
  EXPECT_EQ(run({"disable"}), ExitCode::failed);
  EXPECT_EQ(err, "jitgate: ruleset: the kernel said\\x0ano\n");
}

TEST_F(Failures, BadUsageIsExit2AndAsksNobody) {
  api.stop();
  const std::vector<Words> wrong{
      {},
      {"frobnicate"},
      {"status", "--nope"},
      {"request"},
      {"request", "--port", "22", "--source", "203.0.113.7"},
      {"request", "--port", "22", "--source", "203.0.113.7", "--duration", "1h", "--until", "2026-11-21T19:00:00Z"},
      {"request", "--port", "0", "--source", "203.0.113.7", "--duration", "1h"},
      {"request", "--port", "70000", "--source", "203.0.113.7", "--duration", "1h"},
      {"request", "--port", "22/icmp", "--source", "203.0.113.7", "--duration", "1h"},
      {"request", "--port", "22", "--source", "10.0.0.0/33", "--duration", "1h"},
      {"request", "--port", "22", "--source", "10.0.0.1/8", "--duration", "1h"},
      {"request", "--port", "22", "--source", "203.0.113.7", "--duration", "1"},
      {"request", "--port", "22", "--source", "203.0.113.7", "--duration", "-1h"},
      {"request", "--port", "22", "--source", "203.0.113.7", "--until", "tomorrow"},
      {"extend", "grant-1"},
      {"extend", "--duration", "1h"},
      {"revoke"},
      {"revoke", "../enable"},
      {"revoke", "a?b"},
      {"policy"},
      {"policy", "set"},
      {"enable", "--confirm", "soon"},
      {"unlock", "--justification", "fire"},
      {"audit", "--format", "pdf"}};
  for (const Words& words : wrong) {
    EXPECT_EQ(run(words), ExitCode::usage) << testing::PrintToString(words) << err;
    EXPECT_TRUE(is_one_line(err)) << err;
  }
}

TEST_F(Failures, HelpAndVersionAreDone) {
  EXPECT_EQ(run({"--version"}), ExitCode::done);
  EXPECT_EQ(out, "jitgate 0.1.0\n");
  EXPECT_EQ(run({"--help"}), ExitCode::done);
  for (const Command& command : commands()) EXPECT_NE(out.find(command.name), std::string::npos) << command.name;
  EXPECT_EQ(run({"request", "--help"}), ExitCode::done);
  EXPECT_NE(out.find("--justification"), std::string::npos);
}

TEST(ApiClientFailures, ADaemonThatNeverAnswersIsGivenUp) {
  RunningApi directory;
  const SilentLocalServer silent(directory.socket());
  const ApiClient client(directory.socket(), std::chrono::milliseconds(50));
  const auto reply = client.get("/v1/status");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ExitCode::unreachable);
}

TEST(ApiClientFailures, APathThatIsTooLongIsUnreachable) {
  const auto reply = ApiClient("/tmp/" + std::string(200, 'a')).get("/v1/status");
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ExitCode::unreachable);
}

}  // namespace
}  // namespace jitgate::cli
