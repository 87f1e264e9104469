#include <gmock/gmock.h>

#include "tests/unit/cli/command_line.hpp"

namespace jitgate::cli {
namespace {

using ::testing::HasSubstr;

ExposureStatus exposure(std::uint64_t packets) {
  std::vector<AddressPrefix> sources;
  if (packets != 0) sources.push_back(AddressPrefix::parse("203.0.113.9").value());
  return {Transport::tcp, "ip filter INPUT", packets, sources, false};
}

TEST_F(CommandLine, AnExposedPortFailsTheStatusUntilItIsAcknowledged) {
  api.on_loop([&] { api.agent.exposures = {exposure(12)}; });
  EXPECT_EQ(run({"status"}), ExitCode::failed);
  EXPECT_THAT(out, HasSubstr("22/TCP is open through ip filter INPUT (tcp): 12 packets let in, from 203.0.113.9\n"));
  EXPECT_THAT(out, HasSubstr("exposed"));
  EXPECT_EQ(run({"acknowledge", "--port", "22/tcp"}), ExitCode::done);
  EXPECT_EQ(api.on_loop([&] { return api.agent.acknowledged.at(0).value(); }), 22);
  EXPECT_EQ(run({"status"}), ExitCode::done);
  EXPECT_THAT(out, HasSubstr("(acknowledged)"));
}

TEST_F(CommandLine, EnableSaysWhatStaysOpenBeforeItLocks) {
  api.on_loop([&] { api.agent.exposures = {exposure(0)}; });
  EXPECT_EQ(run({"enable"}), ExitCode::done);
  EXPECT_THAT(
      err, HasSubstr("stays open: 22/TCP through ip filter INPUT (tcp): its rules may accept it; nobody was seen yet"));
}

TEST_F(CommandLine, ExplainTellsWhatDecides) {
  struct Case {
    Explanation::Verdict verdict;
    const char* text;
  };
  for (const Case& one :
       {Case{Explanation::Verdict::locked, "203.0.113.9 to 22/tcp locked: no grant matches\n"},
        Case{Explanation::Verdict::not_locked, "passes jitgate: the port is not in the policy\n"},
        Case{Explanation::Verdict::not_enforcing, "passes jitgate: no lock stands\n"},
        Case{Explanation::Verdict::loopback, "passes: what this machine says to itself is never locked\n"},
        Case{Explanation::Verdict::always_allowed, "passes: alwaysAllow has 203.0.113.0/24\n"},
        Case{Explanation::Verdict::granted,
             "passes: the kernel's entry 203.0.113.0/24 admits it for another 59m 30s (grant abc)\n"}}) {
    api.on_loop([&] {
      api.agent.explanation = {one.verdict,
                               AddressPrefix::parse("203.0.113.0/24").value(),
                               std::chrono::seconds(3570),
                               {"abc"},
                               {exposure(1)}};
    });
    EXPECT_EQ(run({"explain", "--source", "203.0.113.9", "--port", "22"}), ExitCode::done);
    EXPECT_THAT(out, HasSubstr(one.text));
    EXPECT_THAT(out, HasSubstr("observed: through ip filter INPUT (tcp): 1 packet let in, from 203.0.113.9\n"));
  }
  EXPECT_EQ(run({"explain", "--source", "2001:db8::1", "--port", "53/udp"}), ExitCode::done);
  EXPECT_EQ(api.on_loop([&] { return api.agent.last_explained->port.transport; }), Transport::udp);
}

TEST_F(CommandLine, ExplainRefusesWhatIsNotOneSourceAndOnePort) {
  EXPECT_EQ(run({"explain", "--source", "203.0.113.0/24", "--port", "22"}), ExitCode::failed);
  EXPECT_THAT(err, HasSubstr("one address"));
  EXPECT_EQ(run({"explain", "--source", "203.0.113.9", "--port", "22/sctp"}), ExitCode::usage);
  EXPECT_EQ(run({"explain", "--source", "203.0.113.9", "--port", "0"}), ExitCode::usage);
  EXPECT_EQ(run({"explain", "--port", "22"}), ExitCode::usage);
  EXPECT_EQ(run({"acknowledge", "--port", "x"}), ExitCode::usage);
}

}  // namespace
}  // namespace jitgate::cli
